import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import { listNewRequests } from '../../src/db/queries/new-requests.ts';
import { findRequest, maxScannedRows } from '../../src/db/queries/requests.ts';
import { findRequests } from '../../src/request-log/find-requests.ts';
import { parseRequestQuery, type RequestQueryInput } from '../../src/request-log/request-query.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { type LargeDatabase, openExplainedDatabase } from './large-database.ts';
import { dropDatabase, endMs, openFilledDatabase } from './request-log-database.ts';

const isThere = await canReachRealEngines();
if (!isThere) console.warn('SKIPPED: the plans of the request log, which need a real PostgreSQL.');

const rows = 150_000;
const tenants = 50;
const pageSize = 20;
const [large, small] = [{ tenantId: 'ten_0000' }, { tenantId: 'ten_0040' }];
const key = { keyId: 'key_0_1' };
const client = { id: `client-${rows / 2}` };
const month = { since: new Date(endMs - 30 * 86_400_000) };

/** Of one index a page reads its rows and the one behind them, and these again by their ids. */
const page = 2 * (pageSize + 1) + 10;
/** Of an index that begins with the tenant, a page of each, and the tenants. */
const pageOfEach = tenants * (pageSize + 2) + page;
/** A filter that no index covers reads a part of the rows of one, and the place of the last one of these. */
const scan = 2 * maxScannedRows + page;

type Case = [name: string, filter: RequestQueryInput, index: string, maxRows: number];

const cases: readonly Case[] = [
  ['no filter', {}, 'requests_created_at', page],
  ['tenant', large, 'requests_tenant', page],
  ['id of the client', client, 'requests_client_request_id', pageOfEach],
  ['id of the client, tenant', { ...large, ...client }, 'requests_client_request_id', page],
  ['key', { ...month, ...key }, 'requests_key', page],
  ['key, tenant', { ...month, ...key, ...large }, 'requests_key', page],
  ['end user', { ...month, endUser: 'user-0' }, 'requests_end_user', pageOfEach],
  ['end user, tenant', { ...month, endUser: 'user-0', ...large }, 'requests_end_user', page],
  ['no such end user, tenant', { ...month, endUser: 'absent', ...large }, 'requests_end_user', page],
  ['failed', { ...month, status: 'failed' }, 'requests_not_completed', page],
  ['refused, tenant', { ...month, status: 'refused', ...large }, 'requests_status', page],
  ['completed', { ...month, status: 'completed' }, 'requests_created_at', scan],
  ['completed, tenant', { ...month, status: 'completed', ...large }, 'requests_status', page],
  ['model', { ...month, model: 'model-0' }, 'requests_model', pageOfEach],
  ['model, tenant', { ...month, model: 'model-29', ...large }, 'requests_model', page],
  ['no such model', { ...month, model: 'absent' }, 'requests_model', pageOfEach],
  ['route', { ...month, route: 'route-1' }, 'requests_route', pageOfEach],
  ['route, tenant', { ...month, route: 'route-1', ...large }, 'requests_route', page],
  ['provider', { ...month, provider: 'absent' }, 'requests_created_at', scan],
  ['provider, tenant', { ...month, provider: 'absent', ...large }, 'requests_tenant', scan],
  ['session', { ...month, sessionId: 'absent' }, 'requests_created_at', scan],
  ['session, tenant', { ...month, sessionId: 'absent', ...small }, 'requests_tenant', scan],
  ['error code', { ...month, errorCode: 'absent' }, 'requests_created_at', scan],
  ['error code, tenant', { ...month, errorCode: 'absent', ...large }, 'requests_tenant', scan],
  ['failed, error code', { ...month, status: 'failed', errorCode: 'absent' }, 'requests_not_completed', scan],
  [
    'failed, error code, tenant',
    { ...month, status: 'failed', errorCode: 'absent', ...large },
    'requests_status',
    scan,
  ],
  [
    'end user, refused, tenant',
    { ...month, endUser: 'user-0', status: 'refused', ...large },
    'requests_end_user',
    scan,
  ],
];

describe.runIf(isThere)('query plans of the request log', () => {
  const name = `aggregator_plans_${randomBytes(6).toString('hex')}`;
  let database: LargeDatabase;

  beforeAll(async () => {
    await openFilledDatabase(name, rows, tenants);
    database = await openExplainedDatabase(name);
    await database.explain((inner) =>
      inner.execute(
        sql`INSERT INTO api_keys (id, tenant_id, name, key_hash) VALUES (${key.keyId}, ${large.tenantId}, 'k', 'h') ON CONFLICT DO NOTHING`,
      ),
    );
  }, 240_000);

  afterAll(async () => {
    await database?.close();
    if (isThere) await dropDatabase(name);
  });

  /** Explains the statements that read the log: which index finds the rows, and how many rows of tables they read. */
  async function explain(work: (inner: Database) => Promise<unknown>) {
    const plans = await database.explain(work);
    const ofLog = plans.filter(({ nodes }) => nodes.some((node) => node.endsWith(' requests')));
    return {
      indexes: [...new Set(ofLog.flatMap(({ indexes }) => indexes))].filter((index) =>
        /^requests_(?!pkey)/.test(index),
      ),
      whole: ofLog.flatMap(({ nodes }) => nodes.filter((node) => /Seq Scan requests$/.test(node))),
      rowsRead: ofLog.reduce((sum, plan) => sum + plan.rowsRead, 0),
    };
  }

  test.each(cases)('%s', async (_, filter, index, maxRows) => {
    const query = parseRequestQuery(filter, { tenantId: '', scopes: ['admin'] });
    const plan = await explain((inner) =>
      findRequests({ database: inner, now: () => endMs }, query, { first: pageSize }),
    );
    expect(plan).toMatchObject({ indexes: [index], whole: [] });
    expect(plan.rowsRead).toBeLessThanOrEqual(maxRows);
  });

  test.each([undefined, large.tenantId])('one request, tenant %s', async (tenantId) => {
    const plan = await explain((inner) => findRequest(inner, tenantId, client.id));
    expect(plan).toMatchObject({ indexes: ['requests_client_request_id'], whole: [] });
    expect(plan.rowsRead).toBeLessThanOrEqual(pageOfEach);
  });

  test.each([{}, large, { status: 'failed' as const }])('new requests, %j', async (filter) => {
    const plan = await explain((inner) => listNewRequests(inner, filter, { afterMs: endMs - 60_000, except: [] }));
    expect(plan).toMatchObject({ indexes: ['requests_logged_at'], whole: [] });
    expect(plan.rowsRead).toBeLessThanOrEqual(1_000);
  });
});
