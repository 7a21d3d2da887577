import { type SQL, sql } from 'drizzle-orm';
import type { Database, Row } from '../client.ts';
import { responses } from '../schema/responses.ts';

/** The name of a response. No query finds one by its id alone. */
export interface ResponseKey {
  readonly tenantId: string;
  readonly id: string;
}

/** A response with its content: JSON with gzip, in base64. */
export interface NewResponse extends ResponseKey {
  readonly previousId: string | null;
  /** Null where it is too large: such a response can be read, but not continued. */
  readonly input: string | null;
  readonly output: string;
  readonly reply: string;
  readonly contentLength: number;
  readonly retentionDays: number;
}

/** One response of a conversation. */
export interface ConversationRow {
  readonly previousId: string | null;
  /** Null where the conversation is longer or larger than was asked for. */
  readonly input: string | null;
  readonly output: string | null;
  readonly contentLength: number;
}

/** Inserts a response that the gateway stores. A response that has been inserted before stays as it is. */
export async function insertResponse(database: Database, row: NewResponse): Promise<void> {
  await database.execute(insertResponseStatement(row));
}

/** The statement that inserts a response: one row for each row of `from`, such as `FROM job`. Left out: one row. */
export function insertResponseStatement(row: NewResponse, from: SQL = sql``): SQL {
  return sql`
    INSERT INTO ${responses} (tenant_id, id, previous_id, input, output, reply, content_length, expires_at)
    SELECT ${row.tenantId}, ${row.id}, ${row.previousId}, decode(${row.input}, 'base64'), decode(${row.output}, 'base64'),
      decode(${row.reply}, 'base64'), ${row.contentLength}::integer, now() + ${row.retentionDays} * interval '1 day' ${from}
    ON CONFLICT DO NOTHING`;
}

/**
 * Finds a response with those that it continues, the oldest first: at most `maxResponses` + 1 of them. Their content is left out
 * where there are more, or where they have more than `maxLength` characters.
 */
export async function findConversation(
  database: Database,
  {
    tenantId,
    id,
    maxResponses,
    maxLength,
  }: ResponseKey & { readonly maxResponses: number; readonly maxLength: number },
): Promise<ConversationRow[]> {
  const isStored = (table: string) => {
    const column = (name: string) => sql.raw(`${table}.${name}`);
    return sql`${column('tenant_id')} = ${tenantId} AND ${column('provider')} IS NULL AND ${column('expires_at')} > now()`;
  };
  const { rows } = await database.execute<Row<ConversationRow>>(sql`
    WITH RECURSIVE conversation AS (
      SELECT id, previous_id, content_length, 1 AS position FROM ${responses} WHERE ${isStored('responses')} AND id = ${id}
      UNION ALL
      SELECT parent.id, parent.previous_id, parent.content_length, conversation.position + 1 FROM conversation
      JOIN ${responses} AS parent ON parent.id = conversation.previous_id AND ${isStored('parent')}
      WHERE conversation.position <= ${maxResponses}
    ), size AS (
      SELECT count(*) <= ${maxResponses} AND sum(content_length) <= ${maxLength} AS fits FROM conversation
    )
    SELECT conversation.previous_id AS "previousId", conversation.content_length AS "contentLength",
      encode(content.input, 'base64') AS input, encode(content.output, 'base64') AS output
    FROM conversation CROSS JOIN size
    LEFT JOIN ${responses} AS content ON size.fits AND content.tenant_id = ${tenantId} AND content.id = conversation.id
    ORDER BY conversation.position DESC`);
  return rows;
}

/** A response that a provider stores in the operator's account, for one tenant. */
export interface RecordedResponse extends ResponseKey {
  readonly provider: string;
  readonly itemIds: readonly string[];
}

/**
 * Records the ids of responses that providers store. Some servers number theirs, and use an id again after a restart: of several
 * rows with one id the last is inserted.
 */
export async function insertRecordedResponses(
  database: Database,
  rows: readonly RecordedResponse[],
  retentionDays: number,
): Promise<void> {
  const byKey = new Map(rows.map((row) => [`${row.tenantId} ${row.id}`, row]));
  const json = JSON.stringify(
    [...byKey.values()].map(({ tenantId, id, provider, itemIds }) => [tenantId, id, provider, itemIds.join()]),
  );
  await database.execute(sql`
    INSERT INTO ${responses} (tenant_id, id, provider, item_ids, expires_at)
    SELECT entry ->> 0, entry ->> 1, entry ->> 2, string_to_array(entry ->> 3, ','),
      now() + ${retentionDays} * interval '1 day'
    FROM jsonb_array_elements(${json}::jsonb) AS entry
    ON CONFLICT (tenant_id, id) DO UPDATE SET provider = excluded.provider, item_ids = excluded.item_ids,
      expires_at = excluded.expires_at
    WHERE ${responses}.provider IS NOT NULL`);
}

interface IdQuery {
  readonly tenantId: string;
  readonly ids: readonly string[];
}

/** Finds the responses that a provider stores for a tenant, and that have one of the ids, or an item with one of them. */
export async function findRecordedResponses(
  database: Database,
  { tenantId, ids, provider }: IdQuery & { readonly provider: string },
): Promise<Pick<RecordedResponse, 'id' | 'itemIds'>[]> {
  const { rows } = await database.execute<Row<Pick<RecordedResponse, 'id' | 'itemIds'>>>(sql`
    SELECT id, to_json(item_ids) AS "itemIds" FROM ${responses}
    WHERE tenant_id = ${tenantId} AND provider = ${provider} AND expires_at > now()
      AND (id = ANY(${toArray(ids)}) OR item_ids && ${toArray(ids)})`);
  return rows;
}

/** Finds the outputs of responses that the gateway stores; none where they have more than `maxLength` characters. */
export async function findOutputs(
  database: Database,
  { tenantId, ids, maxLength }: IdQuery & { readonly maxLength: number },
): Promise<string[]> {
  const { rows } = await database.execute<Row<{ output: string }>>(sql`
    WITH found AS (
      SELECT id, content_length FROM ${responses}
      WHERE tenant_id = ${tenantId} AND id = ANY(${toArray(ids)}) AND provider IS NULL AND expires_at > now()
    )
    SELECT encode(content.output, 'base64') AS output FROM found
    JOIN ${responses} AS content ON content.tenant_id = ${tenantId} AND content.id = found.id
    WHERE (SELECT sum(content_length) FROM found) <= ${maxLength}`);
  return rows.map(({ output }) => output);
}

/** Ids have no comma. */
function toArray(ids: readonly string[]): SQL {
  return sql`string_to_array(${ids.join(',')}, ',')`;
}

/** The part of a response that a client reads again. */
export interface ReplyRow {
  /** The provider that stores it. The content is null then. */
  readonly provider: string | null;
  readonly output: string | null;
  readonly reply: string | null;
}

/** Finds what a response consists of, without its input. */
export async function findReply(database: Database, { tenantId, id }: ResponseKey): Promise<ReplyRow | undefined> {
  const { rows } = await database.execute<Row<ReplyRow>>(sql`
    SELECT provider, encode(output, 'base64') AS output, encode(reply, 'base64') AS reply FROM ${responses}
    WHERE tenant_id = ${tenantId} AND id = ${id} AND expires_at > now()`);
  return rows[0];
}

/** Deletes a response. Returns false if there is none. */
export async function deleteResponse(database: Database, { tenantId, id }: ResponseKey): Promise<boolean> {
  const { rows } = await database.execute(sql`
    DELETE FROM ${responses} WHERE tenant_id = ${tenantId} AND id = ${id} AND expires_at > now() RETURNING id`);
  return rows.length > 0;
}

/** Deletes responses whose time is over: up to `limit` at once. Returns how many. */
export async function purgeResponses(database: Database, limit: number): Promise<number> {
  const { rows } = await database.execute(sql`
    WITH purged AS (
      DELETE FROM ${responses} WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM ${responses} WHERE expires_at < now() LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING id
    )
    SELECT count(*)::integer AS responses FROM purged`);
  return Number(rows[0]?.responses);
}
