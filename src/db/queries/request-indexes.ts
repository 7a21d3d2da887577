import { and, eq, gt, gte, lte, type SQL, sql } from 'drizzle-orm';
import { requests } from '../schema/requests.ts';
import type { RequestFilter } from './requests.ts';

type FilterField = keyof RequestFilter;

/** The index that serves a filter: its columns before the time and the id. */
export interface RequestIndex {
  readonly columns: readonly { readonly name: SQL; readonly value: SQL }[];
  /** What a partial index demands. */
  readonly predicate: SQL;
  /** The fields of the filter that the index covers. */
  readonly covers: readonly FilterField[];
  /** Whether the index begins with the tenant, and the filter names none. */
  readonly acrossTenants?: boolean;
}

const anyRow = sql``;

/** Columns of indexes that begin with the tenant, in the order in which they narrow. */
const tenantIndexes = [
  { field: 'id', name: sql`client_request_id`, predicate: sql`AND client_request_id IS NOT NULL` },
  { field: 'endUser', name: sql`end_user`, predicate: sql`AND end_user IS NOT NULL` },
  { field: 'keyId', name: sql`key_id`, predicate: anyRow },
  { field: 'route', name: sql`route`, predicate: sql`AND route IS NOT NULL` },
  { field: 'status', name: sql`status`, predicate: anyRow },
  { field: 'model', name: sql`model`, predicate: anyRow },
] as const;

/** Chooses the index that narrows a filter. `completed` narrows little, so that any other field comes before it. */
export function chooseRequestIndex(filter: RequestFilter): RequestIndex {
  const { tenantId, status } = filter;
  const fields = listFields(filter);
  const candidates = tenantIndexes.filter(({ field }) => filter[field] !== undefined);
  const best = candidates.find(({ field }) => field !== 'status' || status !== 'completed') ?? candidates[0];
  if (tenantId !== undefined) {
    const tenant = { name: sql`tenant_id`, value: sql`${tenantId}::text` };
    if (!best) return { columns: [tenant], predicate: anyRow, covers: ['tenantId'] };
    const column = { name: best.name, value: sql`${filter[best.field]}::text` };
    return { columns: [tenant, column], predicate: best.predicate, covers: ['tenantId', best.field] };
  }
  if (best && best.field !== 'status' && fields.length === 1) {
    const tenant = { name: sql`tenant_id`, value: sql`tenants.id` };
    const column = { name: best.name, value: sql`${filter[best.field]}::text` };
    return { columns: [tenant, column], predicate: best.predicate, covers: fields, acrossTenants: true };
  }
  if (status === undefined || status === 'completed') return { columns: [], predicate: anyRow, covers: [] };
  const column = { name: sql`status`, value: sql`${status}::text` };
  return { columns: [column], predicate: sql`AND status <> 'completed'`, covers: ['status'] };
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
