import type { AuditLogFilter } from './audit-log.generated.ts';

/** The fields of the filter that are texts. They have the same names in the URL and in GraphQL. */
export const auditTextFields = ['action', 'tenantId', 'actorKeyId', 'subjectId'] as const;
const auditTimeFields = ['since', 'until'] as const;

/** Reads the filter from the parameters of the URL. A time that is none is left out. */
export function readAuditFilter(params: URLSearchParams): AuditLogFilter {
  const texts = auditTextFields.map((name) => [name, params.get(name) ?? '']);
  const times = auditTimeFields.map((name) => [name, toIsoTime(params.get(name) ?? '')]);
  return Object.fromEntries([...texts, ...times].filter(([, value]) => value !== ''));
}

/** Converts a time to ISO 8601 in UTC, such as that of a `datetime-local` input. Returns the empty text for what is no time. */
export function toIsoTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/** Converts a time to what a `datetime-local` input takes: local, without an offset. */
export function toLocalTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What is wrong with a field of the filter. */
export interface FilterProblem {
  readonly field: string;
  readonly message: string;
}

/** Finds the field of the filter that an error of the gateway names. */
export function findFilterProblem(message: string): FilterProblem | undefined {
  const [, field, problem] = /^filter\.(\w+):? (.+)$/s.exec(message) ?? [];
  return field === undefined || problem === undefined ? undefined : { field, message: problem };
}
