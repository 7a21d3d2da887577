import { openDatabase } from '../../src/db/client.ts';
import { insertUsage, type LedgerRow, type RequestRow } from '../../src/db/queries/usage-ledger.ts';
import { readRunningServices } from '../../src/dev/running-services.ts';

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
const days = 14;

interface Traffic {
  readonly provider: string;
  readonly model: string;
  readonly route?: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of a dollar. */
  readonly cost: number;
  readonly firstByteMs: number;
}

const traffic: readonly Traffic[] = [
  { provider: 'openai', model: 'gpt-4o-mini', inputTokens: 1_800, outputTokens: 420, cost: 522, firstByteMs: 310 },
  {
    provider: 'openai',
    model: 'gpt-4o',
    route: 'support',
    inputTokens: 5_200,
    outputTokens: 760,
    cost: 20_600,
    firstByteMs: 540,
  },
  {
    provider: 'anthropic',
    model: 'claude-haiku-4-5',
    inputTokens: 9_400,
    outputTokens: 1_150,
    cost: 15_150,
    firstByteMs: 620,
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    route: 'support',
    inputTokens: 14_000,
    outputTokens: 2_100,
    cost: 73_500,
    firstByteMs: 880,
  },
  {
    provider: 'gemini',
    model: 'gemini-2.5-flash',
    inputTokens: 2_600,
    outputTokens: 640,
    cost: 2_380,
    firstByteMs: 270,
  },
];
const endUsers = ['ada', 'grace', 'linus', 'margaret', undefined];

/**
 * Fills the request log and the ledger of the dev tenant on a running local stack: the requests of two weeks up to `end`, the same ones
 * each time. Their ids contain no time.
 */
export async function fillConsole(dataDir: string, end: Date): Promise<void> {
  const services = readRunningServices(dataDir);
  if (!services) throw new Error(`no stack runs on ${dataDir}`);
  const database = openDatabase({ url: services.DATABASE_URL, httpUrl: services.DATABASE_HTTP_URL, timeoutMs: 60_000 });
  const rows = [...createRequests(end.getTime())];
  await insertUsage(database, {
    attempts: rows.flatMap(({ attempts }) => attempts),
    requests: rows.map(({ request }) => request),
  });
}

interface MadeRequest {
  readonly request: RequestRow;
  readonly attempts: readonly LedgerRow[];
}

function* createRequests(endMs: number): Generator<MadeRequest> {
  const random = createRandom();
  let number = 0;
  for (let hour = days * 24; hour > 0; hour -= 1) {
    const hourOfDay = new Date(endMs - hour * hourMs).getUTCHours();
    const isBusy = hourOfDay >= 8 && hourOfDay < 19;
    const count = Math.floor(random() * (isBusy ? 5 : 2));
    for (let index = 0; index < count; index += 1) {
      number += 1;
      yield createRequest(number, endMs - hour * hourMs + Math.floor((index + random()) * (hourMs / 5)), random);
    }
  }
}

function createRequest(number: number, startMs: number, random: () => number): MadeRequest {
  const kind = traffic[Math.floor(random() ** 1.5 * traffic.length)] ?? traffic[0];
  const endUser = endUsers[Math.floor(random() * endUsers.length)];
  if (!kind) throw new Error('there is no traffic');
  const scale = 0.4 + random() * 1.2;
  const outcome = random();
  const status = outcome < 0.03 ? 'failed' : outcome < 0.05 ? 'refused' : 'completed';
  const isFallback = status === 'completed' && kind.route !== undefined && random() < 0.1;
  const firstByteMs = Math.round(kind.firstByteMs * scale) + (isFallback ? 900 : 0);
  const common = {
    tenantId: 'ten_dev',
    keyId: 'key_dev',
    createdAt: new Date(startMs),
    source: number % 3 === 0 ? ('sync' as const) : ('stream' as const),
    totalMs: firstByteMs + Math.round(kind.outputTokens * scale * 9),
    endUser: endUser ?? null,
  };
  const id = `req_${String(number).padStart(26, '0')}`;
  const counts = {
    inputTokens: Math.round(kind.inputTokens * scale),
    outputTokens: Math.round(kind.outputTokens * scale),
    cacheReadTokens: number % 4 === 0 ? 0 : Math.round(kind.inputTokens * scale * 0.6),
    costNanoUsd: BigInt(Math.round(kind.cost * scale)) * 1_000n,
  };
  const done = status === 'completed' ? { ...counts, firstByteMs } : {};
  const request: RequestRow = {
    ...common,
    ...done,
    id,
    path: '/v1/chat/completions',
    status,
    httpStatus: { completed: 200, failed: 502, refused: 429 }[status],
    provider: kind.provider,
    model: kind.model,
    route: kind.route ?? null,
    errorCode: { completed: null, failed: 'provider_error', refused: 'rate_limited' }[status],
    errorMessage: {
      completed: null,
      failed: 'The provider failed: try again later, or with another model.',
      refused: 'The API key may send 60 requests a minute: try again in 12 s.',
    }[status],
    attempts: { completed: isFallback ? 2 : 1, failed: 1, refused: 0 }[status],
  };
  if (status === 'refused') return { request, attempts: [] };
  const attempt: LedgerRow = {
    ...common,
    ...done,
    requestId: id,
    provider: kind.provider,
    model: kind.model,
    reportedModel: kind.model,
    status,
    finishReason: status === 'completed' ? 'stop' : null,
    errorCode: request.errorCode ?? null,
    tokenSource: status === 'completed' ? 'provider' : 'none',
    priceVersion: '2026-11-01',
    attempt: 1,
    isLast: true,
  };
  if (!isFallback) return { request, attempts: [attempt] };
  const failed: LedgerRow = {
    ...common,
    requestId: id,
    provider: 'openai',
    model: 'gpt-4o',
    status: 'failed',
    errorCode: 'provider_overloaded',
    tokenSource: 'none',
    totalMs: 900,
    attempt: 1,
    isLast: false,
  };
  return { request, attempts: [failed, { ...attempt, attempt: 2 }] };
}

/** The same numbers from 0 to 1 each time. */
function createRandom(): () => number {
  let state = 20_261_120;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
