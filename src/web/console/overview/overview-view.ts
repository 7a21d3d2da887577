import type { TimeRange } from '../ui/time-range.ts';

/** What the overview shows: a time, and the usage of a tenant. */
export interface OverviewView {
  readonly range: TimeRange;
  readonly period: { readonly from: string; readonly to: string };
  /** Null: the tenant of the key. */
  readonly tenantId: string | null;
}

/** The filters of the page Requests that the overview links to. */
type RequestFilterName = 'model' | 'provider' | 'keyId' | 'route' | 'endUser';

/** The request log is read for 31 days at most. */
const maxRequestHours = 31 * 24;

/** Returns the link to the requests behind a row: to those of the last 30 days for a longer range. */
export function createRequestsHref({ range, tenantId }: OverviewView, name: RequestFilterName, value: string): string {
  const params = new URLSearchParams({ [name]: value, range: range.hours > maxRequestHours ? '30d' : range.id });
  if (tenantId !== null) params.set('tenantId', tenantId);
  return `~/console/requests?${params}`;
}

const dayMs = 24 * 3_600_000;

/** Returns the whole days in UTC in which a period lies: usage by route and end user is added up by days. */
export function toWholeDays({ from, to }: OverviewView['period']): {
  readonly fromDay: string;
  readonly toDay: string;
} {
  const fromMs = Math.floor(Date.parse(from) / dayMs) * dayMs;
  const toMs = Math.ceil(Date.parse(to) / dayMs) * dayMs;
  return { fromDay: new Date(fromMs).toISOString(), toDay: new Date(toMs).toISOString() };
}
