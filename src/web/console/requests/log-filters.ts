import { formatCount, formatTime } from '../ui/format.ts';
import { formatRequestStatus, formatSource, requestSources, requestStatuses } from './request-words.ts';
import type { RequestFilter } from './requests.generated.ts';

/** The filters of the log by their names in the URL, which are those of GraphQL, in the order in which they are shown. */
const labels = {
  id: 'Id',
  since: 'Since',
  until: 'Until',
  status: 'Status',
  model: 'Model',
  provider: 'Provider',
  route: 'Route',
  tenantId: 'Tenant',
  keyId: 'API key',
  endUser: 'End user',
  sessionId: 'Session',
  tag: 'Tag',
  errorCode: 'Error code',
  source: 'Source',
  minTotalMs: 'Total time',
  fellBack: 'Fell back',
} as const;

export type FilterName = keyof typeof labels;

/** The filters that are set, as texts. */
export type LogFilters = Readonly<Partial<Record<FilterName, string>>>;

export const filterNames = Object.keys(labels) as readonly FilterName[];

/** A period up to now that a visitor can choose. */
export interface LogRange {
  readonly id: string;
  readonly label: string;
  readonly hours: number;
}

export const logRanges: readonly LogRange[] = [
  { id: '1h', label: 'Last hour', hours: 1 },
  { id: '24h', label: 'Last 24 hours', hours: 24 },
  { id: '7d', label: 'Last 7 days', hours: 7 * 24 },
  { id: '30d', label: 'Last 30 days', hours: 30 * 24 },
];
export const defaultRangeId = '24h';

const hourMs = 3_600_000;
const maxRangeMs = 31 * 24 * hourMs;

/** Reads the filters of a URL. Leaves out what cannot be a value of its filter. */
export function readFilters(params: URLSearchParams): LogFilters {
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of filterNames) {
    const value = params.get(name)?.trim();
    if (value && isValid(name, value)) filters[name] = value;
  }
  return filters;
}

function isValid(name: FilterName, value: string): boolean {
  if (name === 'status') return requestStatuses.some((status) => status === value);
  if (name === 'source') return requestSources.some((source) => source === value);
  if (name === 'fellBack') return value === 'true' || value === 'false';
  if (name === 'minTotalMs') return /^\d{1,9}$/.test(value);
  if (name === 'since' || name === 'until') return !Number.isNaN(Date.parse(value));
  return true;
}

/**
 * Converts filters to those of GraphQL. An id is looked up alone, at any time. The range counts where neither its beginning nor its end
 * is set; it becomes fixed times, because all pages of a list must have the same.
 */
export function toRequestFilter(filters: LogFilters, rangeId: string | null, nowMs: number): RequestFilter {
  const { since, until, tenantId, id } = filters;
  const scope = { ...(tenantId !== undefined && { tenantId }), ...(since && { since }), ...(until && { until }) };
  if (id !== undefined) return { ...scope, id };
  const { status, source, minTotalMs, fellBack, ...texts } = filters;
  const range = since || until ? undefined : logRanges.find((candidate) => candidate.id === rangeId);
  return {
    ...texts,
    ...scope,
    ...(range && { since: new Date(nowMs - range.hours * hourMs).toISOString() }),
    ...(status && { status: requestStatuses.find((candidate) => candidate === status) }),
    ...(source && { source: requestSources.find((candidate) => candidate === source) }),
    ...(minTotalMs && { minTotalMs: Number(minTotalMs) }),
    ...(fellBack && { fellBack: fellBack === 'true' }),
  };
}

/** Returns what is wrong with a draft of filters, by their names. */
export function findProblems({ since, until, tag, minTotalMs }: LogFilters, nowMs: number): LogFilters {
  const sinceMs = since ? Date.parse(since) : undefined;
  const untilMs = until ? Date.parse(until) : nowMs;
  return {
    ...(sinceMs !== undefined && sinceMs >= untilMs && { since: 'Must be before the end of the time.' }),
    ...(sinceMs !== undefined &&
      untilMs - sinceMs > maxRangeMs && { since: 'Must be at most 31 days before the end.' }),
    ...(tag && !/^[^=]+=/.test(tag) && { tag: 'Must be name=value, such as team=search.' }),
    ...(minTotalMs && !isValid('minTotalMs', minTotalMs) && { minTotalMs: 'Must be a whole number of milliseconds.' }),
  };
}

/** Describes a filter in words: `Model: gpt-4o`. */
export function describeFilter(name: FilterName, value: string): string {
  if (name === 'fellBack') return value === 'true' ? 'Fell back' : 'Did not fall back';
  if (name === 'minTotalMs') return `Took at least ${formatCount(Number(value))} ms`;
  return `${labels[name]}: ${formatValue(name, value)}`;
}

function formatValue(name: FilterName, value: string): string {
  if (name === 'since' || name === 'until') return formatTime(value);
  const status = requestStatuses.find((candidate) => name === 'status' && candidate === value);
  const source = requestSources.find((candidate) => name === 'source' && candidate === value);
  if (status) return formatRequestStatus(status);
  return source ? formatSource(source) : value;
}
