import { env } from 'cloudflare:workers';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { parseEnv } from '../../src/env.ts';
import { claimResponse } from '../../src/idempotency/idempotent-response.ts';
import { parseJobInput } from '../../src/jobs/parse-job-input.ts';
import { submitJobs } from '../../src/jobs/submit-jobs.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createServices } from '../../src/services.ts';
import { principalWith } from '../support/principal.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, joinChunks, ledgerRows, post, readEvents, variables } from './gateway.ts';

let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeEach(async () => {
  tenant = await createTenant();
});

const send = (path: string, body: object, key: string, headers: Record<string, string> = {}) =>
  post(path, body, { 'x-api-key': tenant.key, 'idempotency-key': key, ...headers });
const chat = '/api/chat/completions';
const hello = { prompt: 'Hello', provider: 'openai' };
const countProviderRequests = async (containing: string) => {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  return (await response.json<{ requests: unknown[] }>()).requests.length;
};

describe('a repeated call with the same key', () => {
  test('gets the first answer, unbilled', async () => {
    const first = await send(chat, hello, 'once');
    const again = await send(chat, hello, 'once');
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await again.text()).toBe(await first.text());
    await ledgerRows(tenant.tenantId, 1);
  });

  test('gets a stream again byte for byte', async () => {
    const first = await (await send('/stream', hello, 'once')).text();
    const again = await send('/stream', hello, 'once');
    expect(Object.fromEntries(again.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'idempotent-replayed': 'true',
    });
    expect(await again.text()).toBe(first);
    expect(first).toContain('"type":"done"');
    await ledgerRows(tenant.tenantId, 1);
  });

  test('is rejected if the body or the route differs', async () => {
    await send(chat, hello, 'once');
    for (const [path, body] of [
      [chat, { ...hello, prompt: 'Other' }],
      ['/stream', hello],
      ['/api/jobs', { input: 'Hello', provider: 'openai' }],
    ] as const) {
      const response = await send(path, body, 'once');
      expect([response.status, await response.json()]).toMatchObject([422, { error: { code: 'unprocessable' } }]);
    }
    await ledgerRows(tenant.tenantId, 1);
  });

  test('gets its stream again even with Prefer: respond-async, which streams ignore', async () => {
    const prefer = { prefer: 'respond-async' };
    const first = await (await send('/stream', hello, 'once', prefer)).text();
    expect(await (await send('/stream', hello, 'once', prefer)).text()).toBe(first);
    await ledgerRows(tenant.tenantId, 1);
  });

  test('is a conflict while the first is under way, and the answer afterwards', async () => {
    const slow = { prompt: '[[scenario:paced ms=100 chunks=10]] go', provider: 'openai' };
    const first = await send('/stream', slow, 'once');
    const meanwhile = await send('/stream', slow, 'once');
    expect([meanwhile.status, meanwhile.headers.get('retry-after')]).toEqual([409, '1']);
    expect(meanwhile.headers.get('x-should-retry')).toBeNull();
    const text = await first.text();
    expect(await (await send('/stream', slow, 'once')).text()).toBe(text);
  });

  test("belongs to its tenant: another's call with the same key is a call of its own", async () => {
    const first = tenant;
    await send(chat, hello, 'once');
    tenant = await createTenant();
    const response = await send(chat, { ...hello, prompt: 'Other' }, 'once');
    expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([200, null]);
    await ledgerRows(first.tenantId, 1);
    await ledgerRows(tenant.tenantId, 1);
  });

  test('is a new call once the key is a day old', async () => {
    await send(chat, hello, 'once');
    await database.execute(sql`UPDATE idempotency_keys SET expires_at = now() WHERE tenant_id = ${tenant.tenantId}`);
    const again = await send(chat, hello, 'once');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
    await ledgerRows(tenant.tenantId, 2);
  });
});

describe('an answer that is not stored', () => {
  test.each([
    ['a refusal of the gateway', { prompt: 'Hello', provider: 'openai', topP: 2 }, 400, true],
    ["a provider's refusal", { prompt: '[[scenario:status code=413]] kept', provider: 'openai' }, 413, true],
    ['a limited rate', { prompt: '[[scenario:status code=429]] kept', provider: 'openai' }, 429, false],
    ["a provider's failure", { prompt: '[[scenario:status code=500]] kept', provider: 'openai' }, 502, false],
  ])('%s', async (_, body, status, kept) => {
    const first = await send(chat, body, 'once');
    const again = await send(chat, body, 'once');
    expect([first.status, again.status]).toEqual([status, status]);
    expect(again.headers.get('idempotent-replayed')).toBe(kept ? 'true' : null);
    expect(again.headers.get('x-should-retry')).toBe(first.headers.get('x-should-retry'));
  });

  test('is a spent budget: the call can be made once there is money again', async () => {
    await database.update(apiKeys).set({ dailyBudgetNanoUsd: 1n }).where(eq(apiKeys.id, tenant.keyId));
    for (let time = 0; time < 2; time += 1) {
      const response = await send(chat, hello, 'once');
      expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([402, null]);
    }
  });

  test('is a stream that broke off: it can be requested again', async () => {
    const body = { prompt: 'Hello', provider: 'stub', model: 'stub-cut' };
    for (let time = 0; time < 2; time += 1) {
      const response = await send('/stream', body, 'once');
      expect(response.headers.get('idempotent-replayed')).toBeNull();
      expect((await readEvents(response)).at(-1)?.type).toBe('error');
    }
    await ledgerRows(tenant.tenantId, 2);
  });

  test('is a stream whose client left: it can be requested again', async () => {
    const body = { prompt: '[[scenario:paced ms=50 chunks=20]] left', provider: 'openai' };
    const left = await send('/stream', body, 'once');
    const reader = left.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const events = await waitFor(async () => {
      const again = await send('/stream', body, 'once');
      expect(again.status).toBe(200);
      return await readEvents(again);
    });
    expect(events.at(-1)?.type).toBe('done');
    expect(joinChunks(events)).toContain('chunk-19 ');
  });

  test('is one whose isolate died: its claim expires, for the same request only', async () => {
    const dead = { tenantId: tenant.tenantId, key: 'once', fingerprint: 'asked' };
    const dependencies = { database, logger: createLogger('error') };
    const claim = await claimResponse(dependencies, dead);
    await expect(claimResponse(dependencies, dead)).rejects.toMatchObject({ code: 'conflict', retryable: true });
    await database.execute(sql`UPDATE idempotency_keys SET owned_until = now() WHERE tenant_id = ${tenant.tenantId}`);
    await expect(claimResponse(dependencies, { ...dead, fingerprint: 'other' })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    const taken = await claimResponse(dependencies, dead);
    if ('status' in claim || 'status' in taken) throw new Error('there is no answer yet');
    // The first claim has expired: its late answer is discarded.
    await claim.store({ status: 200, headers: {}, body: 'late' });
    await taken.store({ status: 200, headers: {}, body: 'taken' });
    expect(await claimResponse(dependencies, dead)).toEqual({ status: 200, headers: {}, body: 'taken' });
  });

  test('is one of more than 8 MiB: a repeated request is a conflict and is not billed again', async () => {
    const request = { tenantId: tenant.tenantId, key: 'once', fingerprint: 'asked' };
    const dependencies = { database, logger: createLogger('error') };
    const claim = await claimResponse(dependencies, request);
    if ('status' in claim) throw new Error('there is no answer yet');
    await claim.store({ status: 200, headers: {}, body: 'x'.repeat(8 * 1024 * 1024 + 1) });
    await expect(claimResponse(dependencies, request)).rejects.toMatchObject({ code: 'conflict', retryable: false });
  });
});

test.each(['ключ', 'x'.repeat(256), 'a\u0007b'])('the key %j is refused', async (key) => {
  const response = await send(chat, hello, encodeURIComponent(key) === key ? key : 'x'.repeat(256));
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('Idempotency-Key')]);
});

describe('jobs', () => {
  const job = { input: '[[mark:one-job]] Hello', provider: 'openai', metadata: { b: 1, a: 2 } };

  test('100 concurrent requests with one key create one job and one charge', async () => {
    const before = await countProviderRequests('one-job');
    const responses = await Promise.all(Array.from({ length: 100 }, () => send('/api/jobs', job, 'once')));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    const bodies = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(bodies).size).toBe(1);
    expect(responses.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    await ledgerRows(tenant.tenantId, 1);
    expect((await countProviderRequests('one-job')) - before).toBe(1);
    // The answer is the first one again, in any state of the job.
    expect(await (await send('/api/jobs', job, 'once')).text()).toBe(bodies[0]);
    expect((await send('/api/jobs', { ...job, metadata: { a: 2, b: 1 } }, 'once')).status).toBe(202);
    expect((await send('/api/jobs', { ...job, metadata: { a: 2 } }, 'once')).status).toBe(422);
  });

  describe('a batch', () => {
    const submit = (...inputs: readonly (readonly [input: string, idempotencyKey?: string])[]) => {
      const { jobs } = createServices(parseEnv(env));
      const requests = inputs.map(([input, idempotencyKey]) => ({
        ...parseJobInput({ input, provider: 'stub' }, { local: true }),
        idempotencyKey,
      }));
      return submitJobs(jobs, principalWith({ tenantId: tenant.tenantId, keyId: tenant.keyId }), requests);
    };
    const countJobs = async () => {
      const { rows } = await database.execute(
        sql`SELECT count(*)::integer AS jobs FROM jobs WHERE tenant_id = ${tenant.tenantId}`,
      );
      return rows[0]?.jobs;
    };

    test('creates no job if one key belongs to another request, and the other keys stay free', async () => {
      await send('/api/jobs', job, 'taken');
      await submit(['old', 'run out']);
      await database.execute(sql`UPDATE idempotency_keys SET expires_at = now()
        WHERE tenant_id = ${tenant.tenantId} AND key = 'run out'`);
      const requested = [['one'], ['two', 'taken'], ['three', 'new'], ['four', 'run out']] as const;
      await expect(submit(...requested)).rejects.toMatchObject({ code: 'unprocessable' });
      expect(await countJobs()).toBe(2);
      const created = await submit(['other', 'new'], ['other', 'run out']);
      expect(created.map(({ replayed }) => replayed)).toEqual([false, false]);
    });

    test('creates no job if a concurrent request takes one of the keys', async () => {
      const inserted = database.execute(sql`
        WITH taken AS (
          INSERT INTO idempotency_keys (tenant_id, key, fingerprint, expires_at)
          VALUES (${tenant.tenantId}, 'taken', 'another', now() + interval '1 day') RETURNING true
        )
        SELECT pg_sleep(1.5) FROM taken`);
      // It is sent with the first `then`.
      const committed = inserted.then(() => undefined);
      // Postgres works on it, or has already done so: either way it is first.
      await waitFor(async () => {
        const { rows } = await database.execute(sql`
          SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND pid <> pg_backend_pid() AND state = 'active'
          UNION ALL SELECT 1 FROM idempotency_keys WHERE tenant_id = ${tenant.tenantId} AND key = 'taken'`);
        expect(rows).not.toEqual([]);
      });
      const requested = [['one'], ['two', 'new'], ['three', 'taken'], ['four', 'newer']] as const;
      // Both batches wait for the same keys and do not deadlock.
      await Promise.all(
        [requested, requested.toReversed()].map((batch) =>
          expect(submit(...batch)).rejects.toMatchObject({ code: 'unprocessable' }),
        ),
      );
      await committed;
      expect(await countJobs()).toBe(0);
      expect((await submit(['other', 'new'])).map(({ replayed }) => replayed)).toEqual([false]);
    });

    test('creates one job for each key in any order of the keys', async () => {
      const requested = Array.from({ length: 20 }, (_, index) => [`input ${index}`, `key ${index}`] as const);
      const batches = await Promise.all(
        Array.from({ length: 10 }, (_, index) => submit(...(index % 2 === 0 ? requested : requested.toReversed()))),
      );
      expect(await countJobs()).toBe(20);
      const idsOf = (batch: (typeof batches)[number]) => batch.map(({ job: { id } }) => id);
      const [first = [], second = []] = batches.map(idsOf);
      expect(second.toReversed()).toEqual(first);
      expect(batches.flat().filter(({ replayed }) => !replayed)).toHaveLength(20);
    });
  });

  test('100 concurrent requests with one key are executed once', async () => {
    const responses = await Promise.all(Array.from({ length: 100 }, () => send(chat, hello, 'once')));
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const originals = responses.filter(({ status, headers }) => status === 200 && !headers.has('idempotent-replayed'));
    expect(originals).toHaveLength(1);
    await ledgerRows(tenant.tenantId, 1);
  });
});

describe('Prefer', () => {
  test('wait=N answers 200 with the job once it has ended, and 202 otherwise', async () => {
    const quick = await send('/api/jobs', { input: 'Hello', provider: 'stub' }, 'a', { prefer: 'wait=60' });
    expect([quick.status, quick.headers.get('preference-applied')]).toEqual([200, 'wait=60']);
    expect(await quick.json()).toMatchObject({ status: 'COMPLETED', result: 'Stub reply to: Hello' });
    const startedAtMs = Date.now();
    const slow = await send('/api/jobs', { input: 'x', provider: 'stub', model: 'stub-slow' }, 'b', {
      prefer: 'wait=1',
    });
    expect([slow.status, await slow.json()]).toMatchObject([202, { status: expect.stringMatching(/PENDING|RUNNING/) }]);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(990);
  });

  test('respond-async turns a chat request into a job, once for each key', async () => {
    const [first, again] = [
      await send(chat, { prompt: 'Hello', provider: 'stub' }, 'a', { prefer: 'respond-async' }),
      await send(chat, { prompt: 'Hello', provider: 'stub' }, 'a', { prefer: 'respond-async' }),
    ];
    expect([first.status, first.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    const created = await first.json<{ id: string; type: string; urls: { self: string } }>();
    expect([first.headers.get('location'), created.type]).toEqual([created.urls.self, 'TEXT']);
    expect([again.status, again.headers.get('idempotent-replayed'), await again.json()]).toEqual([
      202,
      'true',
      created,
    ]);
    const waited = await send(chat, { prompt: 'Hello', provider: 'stub' }, 'b', { prefer: 'respond-async, wait=60' });
    expect([waited.status, await waited.json()]).toMatchObject([200, { result: 'Stub reply to: Hello' }]);
  });

  test.each(['wait=soon', 'wait', 'return=minimal', ',,'])('%s is ignored', async (prefer) => {
    const response = await send('/api/jobs', { input: 'Hello', provider: 'stub' }, 'a', { prefer });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, null]);
  });
});
