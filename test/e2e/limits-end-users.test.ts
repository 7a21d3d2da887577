import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import type { LocalServer } from '../../src/dev/local-server.ts';
import type { RedisBackend, RedisCommand } from '../../src/dev/redis-backend.ts';
import { createRedisMock } from '../../src/dev/redis-mock-backend.ts';
import { connectRedisServer } from '../../src/dev/redis-server-backend.ts';
import { startUpstashEndpoint } from '../../src/dev/upstash-endpoint.ts';
import { isFullLoad, openGatewayDatabase, warmUp } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { type RedisProcess, startRedisProcess } from '../support/redis-process.ts';
import { createZipf } from '../support/zipf.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const workers = 2;
const endUsers = isFullLoad ? 10_000 : 60;
const parallel = 64;
const burst = 10;
const limit = 20;
/** A call reserves more than it costs. */
const costNanoUsd = { actual: 7_050, reserved: 12_000 };
const token = randomBytes(16).toString('hex');

let redisProcess: RedisProcess | undefined;
let redis: RedisBackend;
let endpoint: LocalServer;
let gateway: MiniflareGateway;
let scripts = 0;

/** Counts the scripts that a Redis runs. */
function countScripts(backend: RedisBackend): RedisBackend {
  const count = ([name]: RedisCommand) => {
    if (name.toUpperCase().startsWith('EVAL')) scripts += 1;
  };
  return {
    run: (command) => {
      count(command);
      return backend.run(command);
    },
    runAtomically: (commands) => {
      for (const command of commands) count(command);
      return backend.runAtomically(commands);
    },
    close: () => backend.close(),
  };
}

beforeAll(async () => {
  redisProcess = await startRedisProcess();
  redis = countScripts(redisProcess ? await connectRedisServer(redisProcess.url) : createRedisMock());
  endpoint = await startUpstashEndpoint({ backend: redis, token });
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    engines,
    workers,
    variables: () => ({
      UPSTASH_REDIS_REST_URL: endpoint.url,
      UPSTASH_REDIS_REST_TOKEN: token,
      RATE_LIMIT_ON_FAILURE: 'refuse',
      FIRST_BYTE_TIMEOUT_MS: '60000',
      CHUNK_TIMEOUT_MS: '60000',
      TOTAL_TIMEOUT_MS: '60000',
    }),
  });
  await warmUp(gateway);
  // The leases of the first calls have gone back.
  await setTimeout(3_500);
}, 240_000);

afterAll(async () => {
  await gateway?.stop();
  await endpoint?.close();
  await redis?.close();
  await redisProcess?.stop();
});

type EndUserLimits = Partial<Pick<typeof apiKeys.$inferInsert, `endUser${'RequestsPerMinute' | 'DailyBudgetNanoUsd'}`>>;

async function createKey(limits: EndUserLimits): Promise<string> {
  const { key, keyId } = await gateway.createTenant();
  await openGatewayDatabase(gateway).update(apiKeys).set(limits).where(eq(apiKeys.id, keyId));
  return key;
}

let turn = 0;

async function send(key: string, user: number): Promise<{ status: number; body: string; policy: string | null }> {
  turn += 1;
  const response = await fetch(`${gateway.urls[turn % workers]}/api/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, 'x-gateway-user': `u${user}` },
    body: JSON.stringify({ prompt: 'Hi', provider: 'openai', maxTokens: 10 }),
  });
  return { status: response.status, body: await response.text(), policy: response.headers.get('ratelimit-policy') };
}

/** Sends bursts of end users, some at a time. Returns the statuses by end user. */
async function sendBursts(key: string, users: readonly number[], size: number): Promise<Map<number, number[]>> {
  const statuses = new Map<number, number[]>();
  const remaining = users.values();
  const client = async () => {
    for (const user of remaining) {
      const answers = await Promise.all(Array.from({ length: size }, () => send(key, user)));
      statuses.set(user, [...(statuses.get(user) ?? []), ...answers.map(({ status }) => status)]);
    }
  };
  await Promise.all(Array.from({ length: Math.ceil(parallel / size) }, client));
  return statuses;
}

function report(name: string, requests: number): number {
  console.log(`${name}: ${scripts} scripts for ${requests} requests, ${(scripts / requests).toFixed(3)} each`);
  return scripts / requests;
}

const countAdmitted = (statuses: readonly number[] = []) => statuses.filter((status) => status === 200).length;

test.each([
  ['requests', { endUserRequestsPerMinute: limit }, 429],
  ['budget', { endUserDailyBudgetNanoUsd: BigInt(limit * costNanoUsd.actual) }, 402],
] as const)(
  `${endUsers} end users behind one key: no limit of %s is exceeded, and each is used up`,
  {
    timeout: isFullLoad ? 3_600_000 : 240_000,
  },
  async (name, limits, refusal) => {
    const key = await createKey(limits);
    scripts = 0;
    const startedAtMs = Date.now();
    const nextUser = createZipf(endUsers);
    const statuses = await sendBursts(key, Array.from({ length: 3 * endUsers }, nextUser), burst);
    expect(report(`bursts, ${name}`, 3 * burst * endUsers)).toBeLessThanOrEqual(0.3);
    // What requests had reserved beyond their cost, and what one Worker had leased, has gone back.
    await setTimeout(3_500);
    const last = await sendBursts(key, [...statuses.keys()], burst);
    const minutes = name === 'budget' ? 1 : Math.ceil((Date.now() - startedAtMs) / 60_000);
    for (const [user, first] of statuses) {
      const all = [...first, ...(last.get(user) ?? [])];
      expect(all.filter((status) => status !== 200 && status !== refusal)).toEqual([]);
      expect(countAdmitted(all), `u${user}`).toBeLessThanOrEqual(limit * minutes);
      // A request reserves more than it costs, so that the last one under a budget may not fit.
      expect(countAdmitted(all), `u${user}`).toBeGreaterThanOrEqual(name === 'budget' ? limit - 1 : limit);
    }
  },
);

test.each([
  ['requests', { endUserRequestsPerMinute: limit }],
  ['budget', { endUserDailyBudgetNanoUsd: BigInt(limit * costNanoUsd.reserved) }],
] as const)(
  'one request of each end user takes little more than one script under a limit of %s',
  {
    timeout: isFullLoad ? 3_600_000 : 240_000,
  },
  async (name, limits) => {
    const key = await createKey(limits);
    // The first one of a day finds no marker.
    await send(key, -1);
    await setTimeout(3_500);
    scripts = 0;
    const users = Array.from({ length: endUsers }, (_, user) => user);
    const statuses = await sendBursts(key, users, 1);
    await setTimeout(3_500);
    expect([...new Set([...statuses.values()].flat())]).toEqual([200]);
    // Few requests share what each Worker settles once a second.
    expect(report(`once, ${name}`, endUsers)).toBeLessThanOrEqual(isFullLoad ? 1.1 : 1.4);
  },
);

test('the refusal and the headers name the limit of the end user', async () => {
  const key = await createKey({ endUserRequestsPerMinute: 1 });
  expect(await send(key, 7)).toMatchObject({ status: 200, policy: '"requests";q=1;w=60' });
  const refused = await send(key, 7);
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.body).error.message).toContain('The limit of end user "u7" of this API key is 1 requests');
  expect((await send(key, 8)).status).toBe(200);
});
