import { and, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { requestBodies } from '../schema/request-bodies.ts';

/** The bodies of a request, with gzip, in base64. */
export interface RequestBodiesRow {
  readonly requestId: string;
  readonly tenantId: string;
  readonly endUser: string | null;
  /** Null: it had none that could be read. */
  readonly request: string | null;
  readonly reply: string | null;
  readonly isRequestCut: boolean;
  readonly isReplyCut: boolean;
}

/** Inserts the bodies of a request, which expire after so many days. A row that is there already is left as it is. */
export async function insertRequestBodies(
  database: Database,
  { requestId, tenantId, endUser, request, reply, isRequestCut, isReplyCut }: RequestBodiesRow,
  retentionDays: number,
): Promise<void> {
  await database.execute(sql`
    INSERT INTO ${requestBodies} (request_id, tenant_id, end_user, request, reply, is_request_cut, is_reply_cut, expires_at)
    VALUES (${requestId}, ${tenantId}, ${endUser}, decode(${request}, 'base64'), decode(${reply}, 'base64'), ${isRequestCut},
      ${isReplyCut}, now() + ${retentionDays} * interval '1 day')
    ON CONFLICT DO NOTHING`);
}

/** Finds the bodies of a request; undefined where none are kept, or not any more. */
export async function findRequestBodies(
  database: Database,
  requestId: string,
): Promise<(RequestBodiesRow & { readonly createdAt: Date; readonly expiresAt: Date }) | undefined> {
  const { tenantId, endUser, isRequestCut, isReplyCut, createdAt, expiresAt } = requestBodies;
  const request = sql<string | null>`encode(${requestBodies.request}, 'base64')`;
  const reply = sql<string | null>`encode(${requestBodies.reply}, 'base64')`;
  const columns = { tenantId, endUser, request, reply, isRequestCut, isReplyCut, createdAt, expiresAt };
  const [row] = await database
    .select(columns)
    .from(requestBodies)
    .where(and(eq(requestBodies.requestId, requestId), gt(expiresAt, sql`now()`)));
  return row && { requestId, ...row };
}
