import { and, eq, gt, gte, lte, type SQL, sql } from 'drizzle-orm';
import type { RequestFilter } from '../../domain/request-filter.ts';
import { requests } from '../schema/requests.ts';

type FilterField = keyof RequestFilter;

/** The index that serves a filter. */
export interface RequestIndex {
  /** The values of its columns before the time and the id, and what a partial index demands. */
  readonly conditions: readonly SQL[];
  /** Its column of time. */
  readonly time: SQL;
  /** The fields of the filter that it covers. */
  readonly covers: readonly FilterField[];
  /** Whether it begins with the tenant, and the filter names none. */
  readonly acrossTenants?: boolean;
}

/**
 * The time in the index of all requests, which has an expression of its own: the planner would take that index for any order by time, and
 * read rows without end where a tenant has none of a model that others use.
 */
export const globalTime = sql`(created_at AT TIME ZONE 'UTC')`;
const time = sql`created_at`;

/**
 * Columns of indexes that begin with the tenant, in the order in which they narrow. A partial index (`route IS NOT NULL`) needs no
 * condition beside the comparison, which says the same. With one, the planner expects far too few rows, and sorts all that there are.
 */
const tenantIndexes = [
  { field: 'id', name: sql`client_request_id` },
  { field: 'endUser', name: sql`end_user` },
  { field: 'keyId', name: sql`key_id` },
  { field: 'route', name: sql`route` },
  { field: 'status', name: sql`status` },
  { field: 'model', name: sql`model` },
] as const;

/** Chooses the index that narrows a filter. `completed` narrows little, so that any other field comes before it. */
export function chooseRequestIndex(filter: RequestFilter): RequestIndex {
  const { tenantId, status } = filter;
  const fields = listFields(filter);
  const candidates = tenantIndexes.filter(({ field }) => filter[field] !== undefined);
  const best = candidates.find(({ field }) => field !== 'status' || status !== 'completed') ?? candidates[0];
  const conditions = best ? [sql`${best.name} = ${filter[best.field]}`] : [];
  if (tenantId !== undefined) {
    const covers = ['tenantId', ...(best ? [best.field] : [])] as const;
    return { conditions: [sql`tenant_id = ${tenantId}`, ...conditions], time, covers };
  }
  if (best && best.field !== 'status' && fields.length === 1) {
    return { conditions, time, covers: fields, acrossTenants: true };
  }
  if (status === undefined || status === 'completed') return { conditions: [], time: globalTime, covers: [] };
  return { conditions: [sql`status = ${status}`, sql`status <> 'completed'`], time, covers: ['status'] };
}

/** Builds the condition for the fields that an index does not cover, on the columns of `scanned`; undefined where it covers all. */
export function buildResidualCondition(filter: RequestFilter, { covers }: RequestIndex): SQL | undefined {
  const remaining = listFields(filter).filter((field) => !covers.includes(field));
  return and(...remaining.map((field) => buildCondition(field, filter)));
}

/** Builds the condition for all fields of a filter. */
export function buildRequestCondition(filter: RequestFilter): SQL | undefined {
  return and(...listFields(filter).map((field) => buildCondition(field, filter)));
}

function listFields(filter: RequestFilter): FilterField[] {
  return (Object.keys(filter) as FilterField[]).filter((field) => filter[field] !== undefined);
}

const column = (name: string) => sql.raw(`"${name}"`);

function buildCondition(field: FilterField, filter: RequestFilter): SQL {
  const { tag, minTotalMs = 0, fellBack, id } = filter;
  switch (field) {
    case 'id':
      return sql`${id} IN (id, client_request_id)`;
    case 'tag':
      return sql`tags ->> ${tag?.name}::text = ${tag?.value}::text`;
    case 'minTotalMs':
      return gte(column('total_ms'), minTotalMs);
    case 'fellBack':
      return fellBack ? gt(column('attempts'), 1) : lte(column('attempts'), 1);
    default:
      return eq(column(requests[field].name), filter[field]);
  }
}
