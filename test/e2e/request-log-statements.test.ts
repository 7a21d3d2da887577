import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { insertUsage } from '../../src/db/queries/usage-ledger.ts';
import { newId } from '../../src/domain/ids.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { type StatementProxy, startStatementProxy } from '../support/statement-proxy.ts';
import type { TestTenant } from '../support/tenant-ledger.ts';
import { waitFor } from '../support/wait-for.ts';

const rowCount = 20_000;
let gateway: MiniflareGateway;
let proxy: StatementProxy;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: async ({ DATABASE_HTTP_URL = '' }) => {
      proxy = await startStatementProxy(DATABASE_HTTP_URL);
      return { DATABASE_HTTP_URL: proxy.url };
    },
  });
  tenant = await gateway.createTenant();
  const { DATABASE_URL: url = '', DATABASE_HTTP_URL: httpUrl } = gateway.services;
  const { id: tenantId, keyId } = tenant;
  const requests = Array.from({ length: rowCount }, (_, index) => ({
    ...{ id: newId('req'), createdAt: new Date(Date.now() - index), tenantId, keyId, totalMs: 1, attempts: 0 },
    ...({ source: 'sync', path: '/v1/chat/completions', status: 'refused', errorMessage: 'x'.repeat(400) } as const),
  }));
  await insertUsage(openDatabase({ url, httpUrl, timeoutMs: 60_000 }), { attempts: [], requests });
});

afterAll(async () => {
  await gateway?.stop();
  proxy?.close();
});

/** The statements that read a table, since the number of statements `from`. */
const readsOf = (table: string, from = 0) =>
  proxy.statements.slice(from).filter((text) => new RegExp(`^\\s*select .*(from|FROM) "?${table}"?`, 'is').test(text));

const headers = () => ({ 'x-api-key': tenant.key, 'content-type': 'application/json' });

test('a page reads the attempts and the keys of all its requests with one statement each', async () => {
  const query = '{ requests(first: 100) { nodes { id attempts { number } apiKey { name } } } }';
  const from = proxy.statements.length;
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: headers(),
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: { requests: { nodes: object[] } } };
  expect(data.requests.nodes).toHaveLength(100);
  expect([readsOf('requests', from).length, readsOf('usage_ledger', from).length]).toEqual([1, 1]);
});

test('an export reads a page once the one before has been taken, and none for a client that has left', async () => {
  const client = new AbortController();
  const from = proxy.statements.length;
  const url = `${gateway.url}/api/requests?format=ndjson`;
  const response = await fetch(url, { headers: headers(), signal: client.signal });
  const reader = response.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await setTimeout(1_500);
  const beforeLeaving = readsOf('requests', from).length;
  // Buffers between the Worker and this client hold some pages of about a megabyte.
  expect(beforeLeaving).toBeLessThan(rowCount / 2000);
  client.abort();
  await setTimeout(1_000);
  const afterLeaving = readsOf('requests', from).length;
  await setTimeout(1_500);
  expect(readsOf('requests', from).length).toBe(afterLeaving);
  expect(afterLeaving).toBeLessThan(rowCount / 2000);
});

test('a subscription without news makes a statement every 750 ms, and none for a client that has left', async () => {
  const client = new AbortController();
  const isPoll = (text: string) => text.includes('logged_at >');
  const countPolls = () => proxy.statements.filter(isPoll).length;
  const startedAtMs = performance.now();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { ...headers(), accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { requestsUpdated { nodes { id } } }' }),
    signal: client.signal,
  });
  expect(response.status).toBe(200);
  await waitFor(() => expect(countPolls()).toBeGreaterThan(3));
  expect(countPolls()).toBeLessThanOrEqual((performance.now() - startedAtMs) / 750 + 2);
  client.abort();
  await setTimeout(1_500);
  const pollsBefore = countPolls();
  await setTimeout(2_000);
  expect(countPolls()).toBe(pollsBefore);
});
