import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { joinChunks, parseNativeEvents } from '../support/native-stream.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { openSocketCall } from '../support/socket-call.ts';
import { waitFor } from '../support/wait-for.ts';

const providers = ['openai', 'claude', 'ollama'];
/** `npm run test:streams` makes ten thousand. */
const isFull = process.env.STREAMS_AT_FULL_LOAD === '1';
const streams = isFull ? 10_000 : 1_000;
const atOnce = 60;
const chunks = 40;
/** The stream of a client that leaves later than this may end before the gateway sees it leave: a chunk comes every 15 ms. */
const maxChunksBeforeSureLeave = 16;

interface Plan {
  /** Sent as x-request-id, to find the row by. */
  readonly name: string;
  readonly provider: string;
  readonly how: 'leave' | 'reset';
  /** How many chunks the client reads before it leaves; undefined: it stays. */
  readonly leaveAfter: number | undefined;
}

const hasRealEngines = await canReachRealEngines();
if (!hasRealEngines) console.warn('SKIPPED: many streams on real Postgres and Redis, which do not both listen here.');
const engines = hasRealEngines ? (['embedded', 'real'] as const) : (['embedded'] as const);

describe.each(engines)('on %s engines', (kind) => {
  let gateway: MiniflareGateway;

  beforeAll(async () => {
    gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), engines: kind });
    const { key } = await gateway.createTenant();
    // A provider's client is loaded with its first call.
    for (const provider of providers) {
      await openSocketCall(gateway.url, { key, body: { prompt: 'Hi', provider } }).text();
    }
  });

  afterAll(() => gateway?.stop());

  test(`${streams} streams whose clients disconnect at random points have one row each and leave no connection open`, {
    timeout: isFull ? 600_000 : 120_000,
  }, async () => {
    const { key, rows } = await gateway.createTenant();
    const plans = makePlans(20_261_123);
    const waiting = [...plans];
    const work = Array.from({ length: atOnce }, async () => {
      for (let plan = waiting.pop(); plan; plan = waiting.pop()) await runPlan(gateway.url, key, plan);
    });
    await Promise.all(work);

    const readTraffic = () => gateway.readProviderTraffic('nothing');
    await waitFor(async () => expect((await readTraffic()).open.replies).toBe(0), { intervalMs: 20 });
    const ledgerRows = await rows(streams);
    expect(ledgerRows).toHaveLength(streams);
    expect(ledgerRows.map(({ clientRequestId }) => clientRequestId).sort()).toEqual(
      plans.map(({ name }) => name).sort(),
    );

    const statuses = new Map(ledgerRows.map(({ clientRequestId, status }) => [clientRequestId, status]));
    const unexpected = plans
      .map((plan) => ({ ...plan, status: statuses.get(plan.name) }))
      .filter(({ leaveAfter = Number.POSITIVE_INFINITY, status }) => {
        if (leaveAfter <= maxChunksBeforeSureLeave) return status !== 'client_gone';
        return leaveAfter > chunks ? status !== 'completed' : status === 'failed';
      });
    expect(unexpected).toEqual([]);
    for (const row of ledgerRows) expect(row.outputTokens).toBeGreaterThan(0);

    // The provider closes idle keep-alive connections after a while.
    await waitFor(async () => expect((await readTraffic()).open.connections).toBe(0));
  });
});

function makePlans(seed: number): Plan[] {
  const random = randomNumbers(seed);
  return Array.from({ length: streams }, (_, index) => ({
    name: `stream-${index}`,
    provider: providers[index % providers.length] ?? '',
    how: random() < 0.5 ? 'leave' : 'reset',
    leaveAfter: random() < 0.2 ? undefined : 1 + Math.floor(random() * chunks),
  }));
}

/** Mulberry32: small, and the same on every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function runPlan(url: string, key: string, { name, provider, how, leaveAfter }: Plan): Promise<void> {
  const body = { prompt: `[[scenario:paced ms=15 chunks=${chunks}]] go`, provider };
  const call = openSocketCall(url, { key, body, headers: { 'x-request-id': name } });
  let text = '';
  try {
    for await (const bytes of await call.response) {
      text += bytes;
      if (leaveAfter !== undefined && text.split('"type":"chunk"').length > leaveAfter) call[how]();
    }
  } catch (error) {
    // Reading on from a connection that was given up is no surprise; from any other it is.
    if (leaveAfter === undefined) throw error;
    return;
  }
  if (leaveAfter !== undefined) return;
  const events = parseNativeEvents(text);
  expect(joinChunks(events)).toContain(`chunk-${chunks - 1} `);
  expect(events.at(-1)).toMatchObject({ type: 'done' });
}
