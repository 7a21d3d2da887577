import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { type LocalServer, readBody, sendJson, startLocalServer } from './local-server.ts';
import { equalSecrets } from './secret.ts';
import type { SqlBackend, SqlQuery, SqlResult } from './sql-backend.ts';

interface NeonEndpointOptions {
  readonly backend: SqlBackend;
  /** The password that the connection string of a request must contain. */
  readonly password: string;
  readonly port?: number | undefined;
}

/** The fields of a Postgres error that Neon sends (`errorFields` of its driver, and the message). */
const errorFields = [
  'message',
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

const isolationLevels: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

const querySchema = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) }).transform(toSqlQuery);
const bodySchema = z.union([z.object({ queries: z.array(querySchema) }), querySchema]);

/**
 * Serves Neon's SQL over HTTP (`POST /sql`), as its serverless driver uses it: one statement, or a batch as one
 * transaction. The password in the connection string keeps web pages out: they can send a POST here, but do not have
 * the password.
 */
export function startNeonEndpoint({ backend, password, port }: NeonEndpointOptions): Promise<LocalServer> {
  return startLocalServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/sql') {
      return sendJson(response, 404, { message: 'Only POST /sql is served here.' });
    }
    if (!equalSecrets(getPassword(request), password)) {
      return sendJson(response, 401, { message: 'The connection string has not the password of this run.' });
    }
    try {
      const body = bodySchema.safeParse(parseJson(await readBody(request)));
      if (!body.success) return sendJson(response, 400, { message: 'The body must be {query, params} or {queries}.' });
      sendJson(response, 200, await runRequest(backend, body.data, request));
    } catch (error) {
      const { status, body } = describeError(error);
      sendJson(response, status, body);
    }
  }, port);
}

async function runRequest(backend: SqlBackend, body: z.infer<typeof bodySchema>, request: IncomingMessage) {
  const rowAsArray = request.headers['neon-array-mode'] === 'true';
  if (!('queries' in body)) return encodeResult(await backend.run(body), rowAsArray);
  const results = await backend.runTransaction(body.queries, getTransactionMode(request));
  return { results: results.map((result) => encodeResult(result, rowAsArray)) };
}

function encodeResult(result: SqlResult, rowAsArray: boolean) {
  if (rowAsArray) return { ...result, rowAsArray };
  const names = result.fields.map(({ name }) => name);
  const rows = result.rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index], value])));
  return { ...result, rows, rowAsArray };
}

function getTransactionMode({ headers }: IncomingMessage): string {
  const level = isolationLevels[String(headers['neon-batch-isolation-level'])];
  const modes = [
    level === undefined ? '' : `ISOLATION LEVEL ${level}`,
    headers['neon-batch-read-only'] === 'true' ? 'READ ONLY' : '',
    headers['neon-batch-deferrable'] === 'true' ? 'DEFERRABLE' : '',
  ];
  return modes.filter((mode) => mode !== '').join(' ');
}

function getPassword({ headers }: IncomingMessage): string {
  return decodeURIComponent(URL.parse(String(headers['neon-connection-string']))?.password ?? '');
}

function toSqlQuery({ query, params }: { query: string; params: unknown[] }): SqlQuery {
  return { query, params: params.map(toPostgresText) };
}

/** Converts a parameter to the text that Postgres reads. The driver itself sends text and null only. */
function toPostgresText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Converts an error to a response. An error of Postgres has a severity; any other is ours, or the connection's. */
function describeError(error: unknown): { status: number; body: Record<string, unknown> } {
  const fields = error as Record<string, unknown>;
  if (typeof fields.severity !== 'string') {
    const { message, code } = fields;
    return { status: 503, body: { message: message || code || 'Postgres does not answer.' } };
  }
  const presentFields = errorFields.filter((field) => fields[field] !== undefined);
  return { status: 400, body: Object.fromEntries(presentFields.map((field) => [field, fields[field]])) };
}
