import { setTimeout } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { call, countStatuses, isFullLoad, openGatewayDatabase, startLoad, warmUp } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const workers = 8;
const knownForMs = 5_000;

let gateway: MiniflareGateway;

beforeAll(async () => {
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), engines, workers });
  await warmUp(gateway);
}, 240_000);

afterAll(() => gateway?.stop());

/** Asks GraphQL as an administrator. Gives the answer's data. */
async function sendAdminQuery(key: string, query: string, variables: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = JSON.parse(await response.text());
  expect(errors).toBeUndefined();
  return data;
}

const documents = {
  createTenant:
    'mutation ($name: String!) { createTenant(input: { name: $name, limits: { requestsPerMinute: 100000 } }) { id } }',
  createApiKey:
    'mutation ($tenantId: ID!) { createApiKey(input: { tenantId: $tenantId, name: "one" }) { key apiKey { id } } }',
  revokeApiKey: 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }',
};

test(`all ${workers} Workers reject a key five seconds after it is revoked under load (${engines})`, async () => {
  const { key: admin } = await gateway.createTenant();
  const keyHash = await hashKey(admin);
  await openGatewayDatabase(gateway)
    .update(apiKeys)
    .set({ scopes: ['admin'] })
    .where(eq(apiKeys.keyHash, keyHash));
  const tenant = await sendAdminQuery(admin, documents.createTenant, { name: `revoked-${Date.now()}` });
  const tenantId = (tenant.createTenant as { id: string }).id;
  const created = await sendAdminQuery(admin, documents.createApiKey, { tenantId });
  const { key, apiKey } = created.createApiKey as { key: string; apiKey: { id: string } };

  const start = (url: string) =>
    startLoad({ clients: 4, perSecond: isFullLoad ? 12 : 6, call: () => call(url, key, 'Hi') });
  const steady = gateway.urls.map(start);
  // Beyond the first renewals of what the Workers remember.
  await setTimeout(4_000);
  const askedAtMs = Date.now();
  await sendAdminQuery(admin, documents.revokeApiKey, { id: apiKey.id });
  const revokedAtMs = Date.now();
  // Half of them are asked nothing for the five seconds: nothing renews what they remember.
  const before = await Promise.all(steady.splice(workers / 2).map((load) => load.stop()));
  await setTimeout(revokedAtMs + knownForMs - Date.now());
  const idle = gateway.urls.slice(workers / 2).map(start);
  await setTimeout(3_000);
  const busy = await Promise.all(steady.map((load) => load.stop()));
  const after = await Promise.all(idle.map((load) => load.stop()));

  for (const answers of [...busy, ...before]) {
    const early = answers.filter(({ startedAtMs, ms }) => startedAtMs + ms < askedAtMs);
    expect(countStatuses(early)).toEqual({ 200: early.length });
    expect(early.length).toBeGreaterThan(0);
  }
  for (const answers of [...busy, ...after]) {
    const late = answers.filter(({ startedAtMs }) => startedAtMs >= revokedAtMs + knownForMs);
    expect(countStatuses(late)).toEqual({ 401: late.length });
    expect(late.length).toBeGreaterThan(0);
  }
});
