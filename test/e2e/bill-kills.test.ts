import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Redis } from '@upstash/redis/cloudflare';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { OpenHold } from '../../src/billing/open-holds.ts';
import { isReconciled, type ReconciliationReport, reconcileLedger } from '../../src/billing/reconcile-ledger.ts';
import { settleHold } from '../../src/billing/settle-hold.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import type { AuditActor } from '../../src/domain/audit.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { auditActor } from '../support/audit-actor.ts';
import { buildTappedWorker, KillableWorker } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { startServices, type TestServices } from '../support/services.ts';
import { openSocketCall } from '../support/socket-call.ts';
import { createTestTenant, type TestTenant } from '../support/tenant-ledger.ts';
import { waitFor } from '../support/wait-for.ts';

const isFullLoad = process.env.LIMITS_AT_FULL_LOAD === '1';
const calls = isFullLoad ? 10_000 : 400;
const kills = isFullLoad ? 20 : 4;
const atOnce = 30;
const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
/** Rows are batched for half a second before they are sent, or longer on a busy machine. */
const gatheringMs = 3_000;
const unsettledAfterMs = 5_000;

type Make = (url: string, key: string, id: string) => Promise<unknown>;

interface Outcome {
  readonly provider: 'openai' | 'claude';
  /** Whether a provider charges for it. */
  readonly free?: boolean;
  readonly make: Make;
}

const openAi = (make: Make): Outcome => ({ provider: 'openai', make });
const chat = (scenario = '', provider = 'openai'): Make =>
  post('/api/chat/completions', (prompt) => ({ prompt, provider }), scenario);
const stream = (scenario = '', provider = 'openai'): Make =>
  post('/stream', (prompt) => ({ prompt, provider }), scenario);
const job: Make = post('/api/jobs', (input) => ({ input, provider: 'openai' }), '', { prefer: 'wait=60' });

/** Outcomes for a tenant with enough budget, and for one that exceeds its budget. */
const outcomes: readonly Outcome[] = [
  openAi(chat()),
  { provider: 'claude', make: stream('', 'claude') },
  { provider: 'openai', free: true, make: chat('status code=500') },
  openAi(job),
  openAi(leave),
  openAi(stream('cut after=3')),
  openAi(stream()),
  { provider: 'claude', make: chat('', 'claude') },
  openAi(job),
  openAi(stream('paced ms=120 chunks=20')),
  openAi(chat()),
  openAi(chat('slow-headers ms=2300')),
];
const poorOutcomes = outcomes.filter(({ provider, make }) => provider === 'openai' && make !== job);

function post(path: string, bodyOf: (prompt: string) => object, scenario: string, headers = {}): Make {
  return async (url, key, id) => {
    const body = { ...bodyOf(promptOf(id, scenario)), maxTokens: 50 };
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, 'x-request-id': id, ...headers },
    };
    const response = await fetch(url + path, { ...init, body: JSON.stringify(body) });
    await response.text();
    return response.status;
  };
}

async function leave(url: string, key: string, id: string): Promise<void> {
  const body = { prompt: promptOf(id, 'paced ms=20 chunks=20'), provider: 'openai', maxTokens: 50 };
  const call = openSocketCall(url, { key, body, headers: { 'x-request-id': id } });
  for await (const bytes of await call.response) if (String(bytes).includes('"chunk"')) call.reset();
}

function promptOf(id: string, scenario: string): string {
  return scenario === '' ? id : `[[scenario:${scenario}]] ${id}`;
}

/** A usage queue that survives every kill. It delivers each message twice, in any order, to a running Worker. */
async function startOutsideQueue(workerUrl: () => string) {
  const waiting: { readonly body: unknown; readonly times: number }[] = [];
  let working = 0;
  const server = createServer(async (request, response) => {
    // The sending Worker may be killed in mid-request.
    const bodies = await json(request).catch(() => []);
    const isUsage = request.url?.endsWith('USAGE_QUEUE') && Array.isArray(bodies);
    if (isUsage) waiting.push(...bodies.map((body: unknown) => ({ body, times: 2 })));
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const deliver = async () => {
    const some = waiting.splice(0, 100);
    working += 1;
    const body = JSON.stringify(some.map((message) => message.body));
    const acknowledged = await fetch(`${workerUrl()}/_deliver`, { method: 'POST', body })
      .then(async (response) => (response.ok ? ((await response.json()) as number[]) : []))
      // The Worker was killed during the delivery.
      .catch((): number[] => []);
    for (const [place, { body, times }] of some.entries()) {
      const left = acknowledged.includes(place) ? times - 1 : times;
      if (left > 0) waiting.splice(Math.random() * (waiting.length + 1), 0, { body, times: left });
    }
    working -= 1;
  };
  const timer = setInterval(() => void (waiting.length > 0 && deliver()), 200);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drained: () => waitFor(() => expect([waiting.length, working]).toEqual([0, 0])),
    close() {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The calls of clients to one Worker. It tells which calls a kill may have lost. */
class ClientLog {
  readonly #underWay = new Set<string>();
  readonly #ended: { readonly id: string; readonly atMs: number }[] = [];

  async make(id: string, call: () => Promise<unknown>): Promise<unknown> {
    this.#underWay.add(id);
    try {
      return await call();
    } catch {
      return undefined;
    } finally {
      this.#underWay.delete(id);
      this.#ended.push({ id, atMs: Date.now() });
    }
  }

  /** Returns the calls in flight, and those whose rows may not have been sent yet. */
  findPossiblyLost(): string[] {
    const sinceMs = Date.now() - gatheringMs;
    return [...this.#underWay, ...this.#ended.filter(({ atMs }) => atMs >= sinceMs).map(({ id }) => id)];
  }
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
const countBy = (ids: readonly (string | undefined)[]) => {
  const counts = new Map<string, number>();
  for (const id of ids) if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};
const idIn = (text: string) => /call-\d{6}/.exec(text)?.[0];

interface Stack {
  readonly services: TestServices;
  readonly database: Database;
  readonly redis: Redis;
  readonly queue: Awaited<ReturnType<typeof startOutsideQueue>>;
  readonly workers: readonly { readonly worker: KillableWorker; readonly log: ClientLog }[];
}

/** Starts engines, providers and the usage queue, and Workers that can be killed separately. */
async function startStack(cleanup: AsyncDisposableStack, count: number): Promise<Stack> {
  const built = await buildTappedWorker();
  cleanup.defer(built.remove);
  const services = await startServices(engines);
  cleanup.defer(services.stop);
  const { DATABASE_URL = '', DATABASE_HTTP_URL, ...variables } = services.variables;
  const database = openDatabase({ url: DATABASE_URL, httpUrl: DATABASE_HTTP_URL, timeoutMs: 30_000 });
  const { UPSTASH_REDIS_REST_URL = '', UPSTASH_REDIS_REST_TOKEN = '' } = variables;
  const redis = openRedis({ url: UPSTASH_REDIS_REST_URL, token: UPSTASH_REDIS_REST_TOKEN, timeoutMs: 10_000 });
  let workers: Stack['workers'] = [];
  const queue = await startOutsideQueue(() => workers.find(({ worker }) => worker.alive)?.worker.url ?? '');
  cleanup.defer(queue.close);
  const settings = { ...services.variables, USAGE_GOES: 'outside', TAP_URL: queue.url };
  workers = Array.from({ length: count }, () => ({
    worker: new KillableWorker(built.folder, settings),
    log: new ClientLog(),
  }));
  cleanup.defer(() => Promise.all(workers.map(({ worker }) => worker.kill())).then(() => undefined));
  await Promise.all(workers.map(({ worker }) => worker.start()));
  return { services, database, redis, queue, workers };
}

test(`a kill during settlement loses no settled call (${engines})`, {
  timeout: 300_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const { database, redis, queue, workers } = await startStack(cleanup, 1);
  const [{ worker } = { worker: undefined }] = workers;
  if (!worker) throw new Error('no Worker');
  const tenants = await Promise.all(
    Array.from({ length: 24 }, () => createTestTenant(database, { dailyBudgetNanoUsd: 1_000_000_000n })),
  );
  const from = new Date();
  const look = { database, redis, from, to: from, unsettledAfterMs: 0, wait: async () => undefined };
  // The streams outlast their leases and end at any time before their settlement.
  const late = async ({ key }: TestTenant, index: number) => {
    const make = stream(`paced ms=95 chunks=${22 + (index % 10)}`);
    while ((await make(worker.url, key, `late-${index}`).catch(() => undefined)) === 503) await setTimeout(100);
  };
  const ended = Promise.all(tenants.map(late));
  const tenantsWithHolds = new Set<string>();
  await waitFor(
    async () => {
      const open = new Set(
        (await reconcileLedger({ ...look, repair: false })).unsettled.map(({ tenantId }) => tenantId),
      );
      for (const tenantId of open) tenantsWithHolds.add(tenantId);
      expect(tenantsWithHolds.size - open.size).toBeGreaterThanOrEqual(tenants.length / 3);
    },
    { intervalMs: 5 },
  );
  await worker.kill();
  await worker.start();
  await ended;
  await setTimeout(1_000);
  await queue.drained();
  const report = await reconcileLedger({ ...look, to: new Date(), repair: false });
  expect(report).toMatchObject({ rollups: [], counters: [] });
  const kept = new Set(report.unsettled.map(({ tenantId }) => tenantId));
  for (const { tenantId } of await database.select().from(usageLedger)) kept.add(tenantId);
  expect([...tenantsWithHolds].filter((tenantId) => !kept.has(tenantId))).toEqual([]);
});

test(`${kills} kills during ${calls} calls lose only calls in flight, and each of them is listed as unsettled (${engines})`, {
  timeout: 600_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const { services, database, redis, queue, workers } = await startStack(cleanup, 2);

  const budgetOfPoor = BigInt(calls) * 700n;
  const rich = await createTestTenant(database, {
    dailyBudgetNanoUsd: 100_000_000_000n,
    monthlyBudgetNanoUsd: 1_000_000_000_000n,
    concurrency: 1_000,
  });
  const poor = await createTestTenant(database, { monthlyBudgetNanoUsd: budgetOfPoor });
  const from = new Date();

  const outcomeById = new Map<string, Outcome>();
  const statuses: unknown[] = [];
  let nextNumber = 0;
  const client = async () => {
    while (nextNumber < calls) {
      const number = nextNumber++;
      const isPoor = number % 4 === 3;
      const list = isPoor ? poorOutcomes : outcomes;
      const outcome = list[Math.floor(number / (isPoor ? 4 : 1)) % list.length];
      const alive = workers.filter(({ worker }) => worker.alive);
      const target = alive[number % alive.length];
      if (!outcome || !target) throw new Error('no Worker');
      const id = `call-${String(number).padStart(6, '0')}`;
      outcomeById.set(id, outcome);
      const { worker, log } = target;
      const status = await log.make(id, () => outcome.make(worker.url, isPoor ? poor.key : rich.key, id));
      if (isPoor) statuses.push(status);
    }
  };
  const mayBeLost: string[] = [];
  const killer = async () => {
    for (let kill = 1; kill <= kills; kill += 1) {
      while (nextNumber < (kill * calls) / (kills + 1)) await setTimeout(5);
      const victim = workers[kill % workers.length];
      const dying = victim?.worker.kill();
      mayBeLost.push(...(victim?.log.findPossiblyLost() ?? []));
      await dying;
      await victim?.worker.start();
    }
  };
  await Promise.all([killer(), ...Array.from({ length: atOnce }, client)]);

  // The jobs of a killed Worker are resumed two minutes later.
  const unfinished = sql`status IN ('PENDING', 'RUNNING')`;
  await database.execute(sql`UPDATE jobs SET enqueued_at = enqueued_at - interval '2 minutes',
    lease_expires_at = lease_expires_at - interval '2 minutes' WHERE ${unfinished}`);
  await waitFor(
    async () => {
      await workers[0]?.worker.fireCron();
      const { rows } = await database.execute(sql`SELECT count(*)::integer AS jobs FROM jobs WHERE ${unfinished}`);
      expect(rows).toEqual([{ jobs: 0 }]);
    },
    { intervalMs: 500 },
  );
  await setTimeout(unsettledAfterMs + 2_000);
  await queue.drained();

  // Compares the requests of the providers with the rows.
  const traffic = (await (await fetch(`${services.providerUrl}/_seen`)).json()) as { requests: { body: unknown }[] };
  const doneBy = countBy(traffic.requests.map(({ body }) => idIn(JSON.stringify(body))));
  const rows = await database.select().from(usageLedger);
  const attempts = await database.execute(sql`
    SELECT request_id, call #>> '{messages,0,content,0,text}' AS prompt FROM job_attempts JOIN jobs ON jobs.id = job_id`);
  const jobOf = new Map(attempts.rows.map(({ request_id, prompt }) => [String(request_id), idIn(String(prompt))]));
  const idOf = ({ requestId, clientRequestId }: (typeof rows)[number]) => clientRequestId ?? jobOf.get(requestId);
  const bookedBy = countBy(rows.map(idOf));
  const lost = [...doneBy].flatMap(([id, times]) => Array(Math.max(0, times - (bookedBy.get(id) ?? 0))).fill(id));
  expect(doneBy.size).toBeGreaterThan(calls / 2);
  expect(rows.every((row) => idOf(row) !== undefined)).toBe(true);
  for (const [id, times] of bookedBy) expect([id, times]).toEqual([id, Math.min(times, doneBy.get(id) ?? 0)]);

  // At most the calls in flight are lost.
  const allowed = countBy(mayBeLost);
  for (const [id, times] of countBy(lost)) expect([id, times <= (allowed.get(id) ?? 0)]).toEqual([id, true]);
  expect(lost.length).toBeLessThanOrEqual(mayBeLost.length);

  const fullCost = (provider: string) =>
    rows.reduce((max, row) => {
      const cost = row.provider === provider && row.status === 'completed' ? (row.costNanoUsd ?? 0n) : 0n;
      return cost > max ? cost : max;
    }, 0n);
  const costs = { openai: fullCost('openai'), claude: fullCost('claude') };
  expect(costs.openai * costs.claude).toBeGreaterThan(0n);
  const isOf = (tenant: 'rich' | 'poor') => (id: string) => (Number(id.slice(5)) % 4 === 3) === (tenant === 'poor');
  const lostCost = (tenant: 'rich' | 'poor') =>
    sum(
      lost.filter(isOf(tenant)).map((id) => {
        const outcome = outcomeById.get(id);
        return outcome && !outcome.free ? costs[outcome.provider] : 0n;
      }),
    );
  const tenants = { rich, poor };
  const month = from.toISOString().slice(0, 7);
  const charged = async (who: 'rich' | 'poor') =>
    BigInt((await redis.get<number>(`limits:{${tenants[who].id}}:${tenants[who].keyId}:budget:${month}`)) ?? 0);
  const booked = async (who: 'rich' | 'poor') =>
    sum(
      (await database.select().from(usageLedger).where(eq(usageLedger.tenantId, tenants[who].id))).map(
        ({ costNanoUsd }) => costNanoUsd ?? 0n,
      ),
    );
  const bill = (repair: AuditActor | false = false): Promise<ReconciliationReport> =>
    reconcileLedger({ database, redis, from, to: new Date(), repair, unsettledAfterMs });

  // Every lost call is listed, nothing else differs, and the requests of the providers exceed no budget.
  const report = await bill();
  const listed = (who: 'rich' | 'poor') => report.unsettled.filter(({ tenantId }) => tenantId === tenants[who].id);
  const amounts = (holds: readonly OpenHold[]) => holds.map(({ amountNanoUsd }) => amountNanoUsd);
  console.log(
    JSON.stringify({
      calls,
      kills,
      providerRequests: traffic.requests.length,
      rows: rows.length,
      mayBeLost: mayBeLost.length,
      lost: lost.length,
      unsettled: report.unsettled.length,
    }),
  );
  expect(report).toMatchObject({ rollups: [], counters: [] });
  expect(report.shown.agrees).toBe(true);
  expect(report.ledger.requests).toBe(rows.length);
  for (const who of ['rich', 'poor'] as const) {
    const real = (await booked(who)) + lostCost(who);
    expect(real).toBeLessThanOrEqual(await charged(who));
    expect(sum(amounts(listed(who)))).toBeGreaterThanOrEqual(lostCost(who));
  }
  expect(await charged('poor')).toBeLessThanOrEqual(budgetOfPoor);
  expect(statuses).toContain(402);
  expect(report.unsettled.length).toBeGreaterThan(0);

  // Charges use up a budget even if their rows are missing.
  await database
    .update(apiKeys)
    .set({ monthlyBudgetNanoUsd: await charged('rich') })
    .where(eq(apiKeys.id, rich.keyId));
  await setTimeout(5_500);
  expect(await booked('rich')).toBeLessThan(await charged('rich'));
  for (const { worker } of workers) expect(await chat()(worker.url, rich.key, 'call-999999')).toBe(402);

  // After an operator enters the cost of the lost calls, all sums agree to the nano-dollar.
  for (const who of ['rich', 'poor'] as const) {
    let rest = lostCost(who);
    for (const { id, amountNanoUsd } of listed(who)) {
      const cost = rest < amountNanoUsd ? rest : amountNanoUsd;
      rest -= cost;
      const settlement = await settleHold({ database, redis, actor: auditActor, unsettledAfterMs }, id, cost);
      expect(settlement).toMatchObject({ outcome: 'settled', costNanoUsd: cost });
      expect(await settleHold({ database, redis, actor: auditActor, unsettledAfterMs }, id, cost)).toEqual({
        outcome: 'absent',
      });
    }
    expect(rest).toBe(0n);
  }
  await bill(auditActor);
  const after = await bill();
  expect(after).toMatchObject({ rollups: [], counters: [], unsettled: [] });
  expect(isReconciled(after)).toBe(true);
  const settled = sum(rows.map(({ costNanoUsd }) => costNanoUsd ?? 0n)) + lostCost('rich') + lostCost('poor');
  expect(after.ledger.costNanoUsd).toBe(settled);
  for (const who of ['rich', 'poor'] as const) expect(await charged(who)).toBe(await booked(who));
});
