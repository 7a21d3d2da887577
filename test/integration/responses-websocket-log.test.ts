import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { requestBodies } from '../../src/db/schema/request-bodies.ts';
import { requests } from '../../src/db/schema/requests.ts';
import { gunzip } from '../../src/lib/gzip.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database } from './gateway.ts';
import { lastResponse, type Message, openSocket, readHeaders } from './responses-websocket.ts';

type KeyColumns = Partial<typeof apiKeys.$inferInsert>;

/** A tenant whose key has these columns. */
async function createLoggedTenant(columns: KeyColumns) {
  const tenant = await createTenant();
  await database
    .update(apiKeys)
    .set({ keepBodies: 'none', ...columns })
    .where(eq(apiKeys.id, tenant.keyId));
  return tenant;
}

/** The tenant's requests, the oldest first, once there are so many. */
async function loggedRequests(tenantId: string, expected: number) {
  return await waitFor(async () => {
    const rows = await database.select().from(requests).where(eq(requests.tenantId, tenantId)).orderBy(requests.id);
    expect(rows).toHaveLength(expected);
    return rows;
  });
}

/** The bodies that the tenant's requests have, the oldest first, once there are so many. */
async function keptBodies(tenantId: string, expected: number) {
  const rows = await waitFor(async () => {
    const found = await database.select().from(requestBodies).where(eq(requestBodies.tenantId, tenantId));
    expect(found).toHaveLength(expected);
    return found.toSorted((left, right) => (left.requestId < right.requestId ? -1 : 1));
  });
  const readText = async (bytes: Uint8Array | null) => (bytes ? await gunzip(new Uint8Array(bytes)) : '');
  return await Promise.all(
    rows.map(async (row) => ({ ...row, request: await readText(row.request), reply: await readText(row.reply) })),
  );
}

/** The types of the events in a stream. */
const typesOf = (stream: string) => [...stream.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);

/** The error that a turn ends in. */
const errorOf = (turn: readonly Message[]) => turn.at(-1) as Message & { status?: number; error: { code: string } };

describe('the bodies of turns', () => {
  test.each(['stub', 'claude-haiku-4-5', 'gpt-4o-mini'])('are kept one by one: %s', async (model) => {
    const { tenantId, key } = await createLoggedTenant({ keepBodies: 'all' });
    const socket = await openSocket(key);
    const first = await socket.create({ model, input: 'The first one.', user: 'u1' });
    const { id } = lastResponse(first);
    const second = await socket.create({ model, input: 'The second one.', user: 'u2', previous_response_id: id });
    const kept = await keptBodies(tenantId, 2);
    expect(kept.map(({ requestId }) => requestId)).toEqual(
      [first, second].map((turn) => readHeaders(turn[0])['x-request-id']),
    );
    expect(kept.map(({ endUser, isRequestCut, isReplyCut }) => [endUser, isRequestCut, isReplyCut])).toEqual([
      ['u1', false, false],
      ['u2', false, false],
    ]);
    expect(JSON.parse(kept[0]?.request ?? '')).toMatchObject({ model, stream: true, user: 'u1' });
    expect(kept[0]?.request).toContain('The first one.');
    expect(kept[1]?.request).toContain('The second one.');
    for (const [index, turn] of [first, second].entries()) {
      expect(typesOf(kept[index]?.reply ?? '')).toEqual(turn.map(({ type }) => type));
    }
  });

  test('have no secret, and not the key of the connection', async () => {
    const { tenantId, key } = await createLoggedTenant({ keepBodies: 'all' });
    const socket = await openSocket(key);
    const secret = 'sk-proj-Q7x9Zk2Lm4Np8Rt6Vw3Yb5';
    const turn = await socket.create({ model: 'stub', input: `My keys: ${secret}, ${key}.` });
    expect(JSON.stringify(lastResponse(turn))).toContain(secret);
    const [kept] = await keptBodies(tenantId, 1);
    expect(kept?.request).toContain('My keys: [redacted], [redacted].');
    expect(kept?.reply).toContain('response.completed');
    for (const text of [kept?.request, kept?.reply]) expect(text).not.toMatch(new RegExp(`Q7x9|Vw3Yb5|${key}`));
  });

  test('are kept of turns that fail or are refused only, where the key says so', async () => {
    const { tenantId, key } = await createLoggedTenant({ keepBodies: 'errors' });
    const socket = await openSocket(key);
    lastResponse(await socket.create({ model: 'stub', input: 'Hello' }));
    const cut = await socket.create({ model: 'stub-cut', input: 'Cut this.' });
    const refused = await socket.create({ model: 'no-such-model', input: 'Refuse this.' });
    expect(lastResponse(await socket.create({ model: 'stub', input: 'Hello' })).id).toMatch(/^resp_/);
    const kept = await keptBodies(tenantId, 2);
    expect(kept[0]?.request).toContain('Cut this.');
    // The reply goes on behind the error, at which a turn ends.
    expect(typesOf(kept[0]?.reply ?? '').slice(0, cut.length)).toEqual(cut.map(({ type }) => type));
    expect(kept[1]?.request).toContain('Refuse this.');
    expect(kept[1]?.reply).toContain(errorOf(refused).error.code);
    expect(await loggedRequests(tenantId, 4)).toMatchObject([
      { status: 'completed' },
      { status: 'failed', id: kept[0]?.requestId },
      { status: 'refused', id: kept[1]?.requestId },
      { status: 'completed' },
    ]);
  });

  test('are not kept for other keys', async () => {
    const { tenantId, key } = await createLoggedTenant({});
    const socket = await openSocket(key);
    lastResponse(await socket.create({ model: 'stub', input: 'Hello' }));
    await loggedRequests(tenantId, 1);
    expect(await keptBodies(tenantId, 0)).toEqual([]);
  });
});

describe('the limits of end users', () => {
  test('count each turn for the end user that it names', async () => {
    const { tenantId, key } = await createLoggedTenant({ endUserRequestsPerMinute: 1 });
    const socket = await openSocket(key);
    const create = (user: string) => socket.create({ model: 'stub', input: 'Hello', user });
    lastResponse(await create('u1'));
    const refused = errorOf(await create('u1'));
    expect(refused).toMatchObject({ type: 'error', status: 429, error: { code: 'rate_limit_exceeded' } });
    // The connection goes on, and another end user has its own limit.
    lastResponse(await create('u2'));
    expect(await loggedRequests(tenantId, 3)).toMatchObject([
      { endUser: 'u1', status: 'completed', path: '/v1/responses', source: 'stream' },
      { endUser: 'u1', status: 'refused', errorCode: 'rate_limited', path: '/v1/responses', attempts: 0 },
      { endUser: 'u2', status: 'completed' },
    ]);
  });

  test('count all turns of a connection whose upgrade names the end user', async () => {
    const { tenantId, key } = await createLoggedTenant({ endUserRequestsPerMinute: 1 });
    const socket = await openSocket(key, { headers: { 'x-gateway-user': 'u9', 'x-gateway-session': 's9' } });
    lastResponse(await socket.create({ model: 'stub', input: 'Hello', user: 'u1' }));
    expect(errorOf(await socket.create({ model: 'stub', input: 'Hello', user: 'u2' })).status).toBe(429);
    expect(await loggedRequests(tenantId, 2)).toMatchObject([
      { endUser: 'u9', sessionId: 's9', status: 'completed' },
      { endUser: 'u9', sessionId: 's9', status: 'refused' },
    ]);
  });

  test('free the slot of a turn with its end, on any connection', async () => {
    const { key } = await createLoggedTenant({ endUserConcurrency: 1 });
    const sockets = [await openSocket(key), await openSocket(key)];
    for (let count = 0; count < 3; count += 1) {
      for (const socket of sockets) lastResponse(await socket.create({ model: 'stub', input: 'Hello', user: 'u1' }));
    }
  });

  test('charge the budget of the end user', async () => {
    const { tenantId, key } = await createLoggedTenant({ endUserDailyBudgetNanoUsd: 1n });
    const socket = await openSocket(key);
    const refused = errorOf(await socket.create({ model: 'gpt-4o-mini', input: 'Hello', user: 'u1' }));
    expect(refused.error.code).toBe('insufficient_quota');
    expect(await loggedRequests(tenantId, 1)).toMatchObject([
      { endUser: 'u1', status: 'refused', errorCode: 'budget_exceeded' },
    ]);
  });

  test('refuse a turn without an end user where the key requires one', async () => {
    const { tenantId, key } = await createLoggedTenant({ requireEndUser: true });
    const socket = await openSocket(key);
    expect(errorOf(await socket.create({ model: 'stub', input: 'Hello' })).status).toBe(400);
    lastResponse(await socket.create({ model: 'stub', input: 'Hello', user: 'u1' }));
    expect(await loggedRequests(tenantId, 2)).toMatchObject([{ status: 'refused' }, { status: 'completed' }]);
  });
});
