import { inArray } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import { errorTable } from '../../src/domain/errors.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import {
  describeCase,
  getShownStatus,
  listCases,
  type MatrixCase,
  type Surface,
  type TargetName,
  targets,
} from '../support/failure-matrix.ts';
import { waitFor } from '../support/wait-for.ts';
import { database } from './gateway.ts';
import { createRoutedGateway, createRoutedTenants, type RoutedTenant } from './routed-gateway.ts';

type LedgerRow = typeof usageLedger.$inferSelect;

interface Played {
  readonly tenant: RoutedTenant;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const cases = listCases();
/** Requests under way at once: most of them wait for a provider or for Postgres. */
const concurrency = 32;
const played = new Map<MatrixCase, Played>();
const rowsByTenant = new Map<string, LedgerRow[]>();

/** Nothing listens there. */
const refused = 'http://127.0.0.1:1';
const gateways = {
  working: createRoutedGateway(),
  firstRefused: createRoutedGateway({ OPENAI_BASE_URL: `${refused}/v1` }),
  allRefused: createRoutedGateway({ OPENAI_BASE_URL: `${refused}/v1`, ANTHROPIC_BASE_URL: refused }),
};

beforeAll(async () => {
  const tenants = await createRoutedTenants(cases.length, { storeResponses: true });
  const waiting = cases.map((one, index) => ({ one, tenant: tenants[index] ?? expect.unreachable() }));
  const playAll = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      played.set(next.one, await play(next.one, next.tenant));
  };
  await Promise.all(Array.from({ length: concurrency }, playAll));
  const tenantIds = tenants.map(({ tenantId }) => tenantId);
  const expected = cases.reduce((sum, one) => sum + expectedRows(one).length, 0);
  const rows = await waitFor(async () => {
    const found = await database.select().from(usageLedger).where(inArray(usageLedger.tenantId, tenantIds));
    expect(found.length).toBeGreaterThanOrEqual(expected);
    return found;
  }).catch(async () => await database.select().from(usageLedger).where(inArray(usageLedger.tenantId, tenantIds)));
  for (const row of rows.sort((left, right) => left.attempt - right.attempt)) {
    rowsByTenant.set(row.tenantId, [...(rowsByTenant.get(row.tenantId) ?? []), row]);
  }
});

async function play(one: MatrixCase, tenant: RoutedTenant): Promise<Played> {
  const { failure, form, first, isOtherLeft } = one;
  const only = isOtherLeft ? ` only=${first === 'openai' ? 'gpt' : 'claude'}` : '';
  const isRefused = failure.scenario === 'refused';
  const prompt = isRefused ? 'go' : `[[scenario:${failure.scenario}${only}]] go`;
  const gateway = isRefused ? gateways[isOtherLeft ? 'firstRefused' : 'allRefused'] : gateways.working;
  const [path, body] = buildRequest(one, prompt);
  const headers = { 'x-api-key': tenant.key };
  const response = await gateway.post(path, body, headers);
  if (form !== 'job') {
    return { tenant, status: response.status, headers: response.headers, text: await response.text() };
  }
  const { id } = await response.json<{ id: string }>();
  await runJob(gateway.jobs, id.replace('resp_', 'job_'));
  const read = await gateway.send(one.surface === 'native' ? `/api/jobs/${id}` : `/v1/responses/${id}`, { headers });
  return { tenant, status: read.status, headers: read.headers, text: await read.text() };
}

function buildRequest({ surface, form, first }: MatrixCase, prompt: string): [path: string, body: object] {
  const names = [targets[first].model, targets[otherThan(first)].model];
  const messages = [{ role: 'user', content: prompt }];
  const stream = form === 'stream';
  if (form === 'job') {
    if (surface === 'native') return ['/api/jobs', { models: names, input: prompt }];
    return ['/v1/responses', { models: names, input: prompt, background: true }];
  }
  switch (surface) {
    case 'chat':
      return ['/v1/chat/completions', { models: names, messages, stream }];
    case 'messages':
      return ['/v1/messages', { models: names, messages, max_tokens: 100, stream }];
    case 'responses':
      return ['/v1/responses', { models: names, input: prompt, stream }];
    case 'gemini': {
      const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      const body = { models: names.slice(1), contents: [{ role: 'user', parts: [{ text: prompt }] }] };
      return [`/v1beta/models/${names[0]}:${method}`, body];
    }
    case 'native':
      return [stream ? '/stream' : '/api/chat/completions', { models: names, prompt }];
  }
}

const otherThan = (first: TargetName): TargetName => (first === 'openai' ? 'claude' : 'openai');

/** The rows of a request in the ledger. */
function expectedRows({ failure, first, isOtherLeft }: MatrixCase): object[] {
  const { outcome, code } = failure;
  const failed = { provider: first, status: 'failed', errorCode: code, attempt: 1 };
  const completed = { status: 'completed', errorCode: null, isLast: true };
  if (outcome === 'reply') return [{ provider: first, ...completed, attempt: 1 }];
  if (outcome === 'error') return [{ ...failed, isLast: true }];
  const other = { provider: otherThan(first), attempt: 2 };
  const last =
    isOtherLeft || failure.isReplyAtLast ? { ...other, ...completed } : { ...failed, ...other, isLast: true };
  return [{ ...failed, isLast: false }, last];
}

/** Whether all that a client sees of a stream is its beginning and an error. */
const isOnlyBegun = ({ failure, form, isOtherLeft }: MatrixCase): boolean =>
  form === 'stream' && !isOtherLeft && failure.hasBegun === true;

/** Whose content the client sees; undefined: none. */
function findShown({ failure, first, isOtherLeft }: MatrixCase): TargetName | undefined {
  if (failure.outcome === 'reply' || failure.isAfterContent) return first;
  return failure.outcome === 'next target' && isOtherLeft ? otherThan(first) : undefined;
}

/** How a stream of each surface ends well, and how it breaks off. */
const streamEnds: Readonly<Record<Surface, readonly [success: RegExp, failure: RegExp]>> = {
  chat: [/^data: \[DONE\]/gm, /^data: \{\s*"error"/gm],
  responses: [/^event: response\.(?:completed|incomplete)$/gm, /^event: error$/gm],
  messages: [/^event: message_stop$/gm, /^event: error$/gm],
  gemini: [/"finishReason"/g, /^data: \{"error"/gm],
  native: [/"type":"done"/g, /"type":"error"/g],
};

/** The body of an error, in the form of each protocol. */
const errorBodies: Readonly<Record<Surface, object>> = {
  chat: { error: { message: expect.any(String), type: expect.any(String) } },
  responses: { error: { message: expect.any(String), type: expect.any(String) } },
  messages: { type: 'error', error: { type: expect.any(String), message: expect.any(String) } },
  gemini: { error: { code: expect.any(Number), message: expect.any(String), status: expect.any(String) } },
  native: { error: { code: expect.any(String), requestId: expect.any(String) } },
};

describe.each(cases.map((one) => [describeCase(one), one] as const))('%s', (_title, one) => {
  const { failure, surface, form, first, isOtherLeft } = one;
  const speaksOpenAi = surface === 'chat' || surface === 'responses';
  const firstCost = form === 'json' ? failure.cost : (failure.streamCost ?? failure.cost);
  const find = () => {
    const found = played.get(one) ?? expect.unreachable();
    return { ...found, rows: rowsByTenant.get(found.tenant.tenantId) ?? [] };
  };

  it('has a row for each attempt, with what it cost', () => {
    const { rows } = find();
    expect(rows).toMatchObject(expectedRows(one));
    expect(rows).toHaveLength(expectedRows(one).length);
    expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(1);
    for (const [index, row] of rows.entries()) expectCost(row, index);
  });

  function expectCost(row: LedgerRow, index: number): void {
    const { prices, costNanoUsd } = targets[row.provider === 'openai' ? 'openai' : 'claude'];
    if (row.status === 'completed' && isOtherLeft) {
      expect(row.costNanoUsd).toBe(costNanoUsd);
      return;
    }
    // What Claude counts stands at the beginning of its streams, so that a second target may have another cost.
    const cost = index === 0 && first === 'openai' ? firstCost : undefined;
    if (cost === 'nothing' || cost === 'unknown') {
      expect(row.costNanoUsd).toBe(cost === 'nothing' ? 0n : null);
      return;
    }
    const { inputTokens, outputTokens } = row;
    if (cost === undefined && inputTokens === null) return;
    expect(row.costNanoUsd).toBe(BigInt(inputTokens ?? 0) * prices[0] + BigInt(outputTokens ?? 0) * prices[1]);
  }

  if (form === 'job') {
    it('ends as its last attempt has', () => {
      const { text, status } = find();
      expect(status).toBe(200);
      const { status: jobStatus } = JSON.parse(text);
      const shown = failure.isAfterContent ? undefined : findShown(one);
      const isRetried = failure.code !== null && errorTable[failure.code].retryable;
      expect(jobStatus.toLowerCase()).toMatch(
        shown ? /^(?:completed|incomplete)$/ : isRetried ? /^(?:pending|queued)$/ : 'failed',
      );
      for (const [name, { word }] of Object.entries(targets)) expect(text.includes(word)).toBe(name === shown);
    });
    return;
  }

  it('shows the client one reply, or the error', () => {
    const { status, headers, text, rows } = find();
    const shown = findShown(one);
    const isPassed = (isOtherLeft ? first : otherThan(first)) === 'openai' ? speaksOpenAi : surface === 'messages';
    const isReply = shown !== undefined || isOnlyBegun(one) || failure.isReplyAtLast === true;
    expect([status, text]).toEqual([isReply ? 200 : getShownStatus(failure, isPassed), expect.anything()]);
    expect(headers.get('x-gateway-attempts')).toBe(String(rows.length));
    expect(headers.get('x-gateway-provider')).toBe(rows.at(-1)?.provider);
    for (const [name, { word }] of Object.entries(targets)) expect(text.includes(word)).toBe(name === shown);
    if (!isReply) {
      expect(JSON.parse(text)).toMatchObject(errorBodies[surface]);
      const detail = JSON.parse(headers.get('x-gateway-attempts-detail') ?? '[]');
      expect(detail).toMatchObject(failure.outcome === 'error' ? [] : rows.map(({ provider }) => ({ provider })));
      return;
    }
    if (form === 'json') return expect(() => JSON.parse(text)).not.toThrow();
    const isBroken = failure.isAfterContent || isOnlyBegun(one);
    const [success, broken] = streamEnds[surface].map((pattern) => (text.match(pattern) ?? []).length);
    expect([success, broken, text]).toEqual([...(isBroken ? [0, 1] : [1, 0]), text]);
  });
});
