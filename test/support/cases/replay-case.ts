import { expect } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../miniflare-gateway.ts';
import type { TestTenant } from '../tenant-ledger.ts';
import type { Assertions, CaseFile, ScriptedReply } from './case.ts';
import { type ClientReply, readClientReply } from './read-client-reply.ts';
import { type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

/** A gateway whose providers are all the scripted one. */
export interface CaseEnvironment {
  readonly provider: ScriptedProvider;
  readonly gateway: MiniflareGateway;
  readonly stop: () => Promise<void>;
}

interface Outcome extends CaseEnvironment {
  readonly case: CaseFile;
  readonly tenant: TestTenant;
  readonly reply: ClientReply;
}

const compatible = ['deepseek', 'moonshotai', 'google', 'groq', 'mistral', 'x-ai', 'perplexity', 'openrouter'];

/** Starts the scripted provider and a gateway of the built Worker in front of it. */
export async function startCaseEnvironment(workerFolder: string): Promise<CaseEnvironment> {
  const provider = await startScriptedProvider();
  const { url } = provider;
  const baseUrl = `${url}/v1`;
  const gateway = await startMiniflareGateway({
    workerFolder,
    variables: () => ({
      OPENAI_BASE_URL: baseUrl,
      ANTHROPIC_BASE_URL: url,
      OLLAMA_URL: url,
      // The defaults of a deployment: the tests' own time-outs are shorter.
      FIRST_BYTE_TIMEOUT_MS: '60000',
      CHUNK_TIMEOUT_MS: '60000',
      TOTAL_TIMEOUT_MS: '600000',
      COMPATIBLE_PROVIDERS: JSON.stringify([
        { name: 'vend', baseUrl, models: ['vend-1'] },
        { name: 'nodone', baseUrl, models: [], requiresDone: false },
        ...compatible.map((name) => ({ name, baseUrl, models: [] })),
      ]),
    }),
  });
  const stop = async () => {
    await gateway.stop();
    provider.stop();
  };
  return { provider, gateway, stop };
}

async function requestCase(environment: CaseEnvironment, one: CaseFile, owner?: TestTenant): Promise<Outcome> {
  const { provider, gateway } = environment;
  const tenant = owner ?? (await gateway.createTenant());
  if (one.upstreamReply) provider.setReply(one.upstreamReply);
  const { method = 'POST', path, headers = {}, json, raw } = one.clientRequest;
  const response = await fetch(gateway.directUrl + path, {
    method,
    headers: {
      ...(method === 'POST' && { 'content-type': 'application/json', 'x-api-key': tenant.key }),
      ...headers,
    },
    ...(method === 'POST' && { body: raw ?? JSON.stringify(json) }),
  });
  return { ...environment, case: one, tenant, reply: await readClientReply(path, response) };
}

/** Sends the request of a case and checks all that it asserts. */
export async function replayCase(environment: CaseEnvironment, one: CaseFile): Promise<void> {
  await checkAll(one.assert, await requestCase(environment, one));
}

type Check<Value> = (value: Value, outcome: Outcome) => Promise<void> | void;
type Checks = { readonly [Name in keyof Required<Assertions>]: Check<NonNullable<Assertions[Name]>> };

const checks: Checks = {
  status: (status, { reply }) => expect(reply.status).toBe(status),
  endsWithTerminal: (is, { reply }) => expect(reply.endsWithTerminal).toBe(is),
  hasError: (has, { reply }) => expect(reply.error !== undefined).toBe(has),
  errorIsProviders(is, { reply, case: { upstreamReply } }) {
    const signs = findErrorSigns(upstreamReply);
    expect(signs.length).toBeGreaterThan(0);
    expect(signs.some((sign) => reply.error?.includes(sign))).toBe(is);
  },
  text: (text, { reply }) => expect(reply.text).toBe(text),
  hasToolCall: (has, { reply }) => expect(reply.toolCalls.some(({ name }) => name !== '')).toBe(has),
  toolInput(types, { reply }) {
    const input = Object.entries(JSON.parse(reply.toolCalls.find(Boolean)?.input || '{}'));
    expect(Object.fromEntries(input.map(([name, value]) => [name, typeof value]))).toEqual(types);
  },
  finish: (finish, { reply }) => expect(reply.finish).toBe(finish),
  finishIsNot: (finish, { reply }) => expect(reply.finish).not.toBe(finish),
  hasReasoning: (has, { reply }) => expect(reply.reasoning !== '').toBe(has),
  hasUsageChunkWithoutChoices: (has, { reply }) => expect(reply.hasUsageChunkWithoutChoices).toBe(has),
  tokensOut: async (count, outcome) => expect(await bookedTokensOut(outcome)).toBe(count),
  async tokensAreKnown(are, outcome) {
    expect(isCount(outcome.reply.usage.tokensOut)).toBe(are);
    expect(isCount(await bookedTokensOut(outcome))).toBe(are);
  },
  async ledgerTokensAreKnown(are, { tenant }) {
    const [row] = await tenant.rows(1);
    expect(isCount(row?.inputTokens) && row.inputTokens > 0).toBe(are);
  },
  async costNullOrAbove(dollars, { tenant, reply }) {
    const [row] = await tenant.rows(1);
    const booked = row?.costNanoUsd == null ? null : Number(row.costNanoUsd) / 1e9;
    for (const cost of [booked, reply.usage.cost ?? null]) {
      if (cost !== null) expect(cost).toBeGreaterThanOrEqual(dollars);
    }
  },
  upstreamBodyContains: (text, { provider }) => expect(provider.requests.at(-1)?.body).toContain(text),
  upstreamToolIdsMatch(pattern, { provider }) {
    const ids = [...(provider.requests.at(-1)?.body ?? '').matchAll(/"(?:tool_use_id|tool_call_id|id)":"([^"]*)"/g)];
    expect(ids.length).toBeGreaterThan(1);
    for (const [, id] of ids) expect(id).toMatch(new RegExp(pattern));
  },
  anyBodyContains(texts, { provider, reply }) {
    const bodies = [reply.body, ...provider.requests.map(({ body }) => body)];
    expect(texts.some((text) => bodies.some((body) => body.includes(text)))).toBe(true);
  },
  requestsToOtherOrigin: (count, { provider }) => expect(provider.requestsToOtherOrigin).toBe(count),
  droppedContains: (path, { reply }) => expect(reply.headers.get('x-gateway-dropped')).toContain(path),
  allowHeadersContain(name, { reply }) {
    const allowed = reply.headers.get('access-control-allow-headers')?.toLowerCase().split(/, */);
    expect(allowed).toContain(name);
  },
  keepAliveHasNoBlankLineOfItsOwn(has, { reply }) {
    expect(reply.body).toMatch(/^:/m);
    expect(/^:[^\n]*\n\n/m.test(reply.body)).toBe(!has);
  },
  upstreamBytesReadAtMost: (bytes, { provider }) => expect(provider.bytesWritten).toBeLessThanOrEqual(bytes),
  async cpuGrows(how, outcome) {
    expect(how).toBe('linearly');
    // A reader whose work grows with the square takes sixteen times as long for four times the bytes.
    const quarter = { ...outcome.case, upstreamReply: shorten(outcome.case.upstreamReply, 4) };
    const ratios: number[] = [];
    await expect
      .poll(async () => {
        const short = await timeCase(outcome, quarter);
        const long = await timeCase(outcome, outcome.case);
        ratios.push(long / short);
        return Math.min(...ratios);
      })
      .toBeLessThan(10);
  },
  async anyOf(alternatives, outcome) {
    const failures = await Promise.all(
      alternatives.map((assertions) => checkAll(assertions, outcome).then(() => undefined, String)),
    );
    if (!failures.includes(undefined)) expect.unreachable(failures.join('\n'));
  },
  async note(text, outcome) {
    const check = notedChecks[outcome.case.name] ?? expect.unreachable(`no check for: ${text}`);
    await check(outcome);
  },
};

/** What a case says in words only. */
const notedChecks: Readonly<Record<string, (outcome: Outcome) => Promise<void> | void>> = {
  'openai-pass-choices-empty': expectSameBody,
  'openai-pass-delta-in-whole': expectSameBody,
  async 'stream-usage-later-zero'({ tenant }) {
    const [row] = await tenant.rows(1);
    expect(row?.inputTokens).toBeGreaterThan(0);
    expect(row?.outputTokens).toBeGreaterThan(0);
  },
  async 'gemini-thought-signature-reply'(outcome) {
    const { json } = outcome.case.clientRequest;
    const { content } = JSON.parse(outcome.reply.body);
    const results = content
      .filter(({ type }: { type: string }) => type === 'tool_use')
      .map(({ id }: { id: string }) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' }));
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content },
      { role: 'user', content: results },
    ];
    const second = { ...outcome.case, clientRequest: { ...outcome.case.clientRequest, json: { ...json, messages } } };
    const { reply, provider } = await requestCase(outcome, second, outcome.tenant);
    expect(reply.status).toBe(200);
    const signature = /"thought_signature":"[^"]+"/.exec(JSON.stringify(outcome.case.upstreamReply))?.[0];
    expect(provider.requests.at(-1)?.body).toContain(signature ?? expect.unreachable('the case has no signature'));
  },
};

function expectSameBody({ reply, case: { upstreamReply } }: Outcome): void {
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.body)).toEqual(upstreamReply?.json);
}

async function checkAll(assertions: Assertions, outcome: Outcome): Promise<void> {
  const names = Object.keys(assertions).filter((name): name is keyof Checks => Object.hasOwn(checks, name));
  expect(names).toEqual(Object.keys(assertions));
  for (const name of names) await checkOne(name, assertions, outcome);
}

async function checkOne<Name extends keyof Checks>(name: Name, assertions: Pick<Assertions, Name>, outcome: Outcome) {
  const value = assertions[name];
  const check: Check<NonNullable<Assertions[Name]>> = checks[name];
  if (value !== undefined) await check(value, outcome);
}

const isCount = (count: number | null | undefined): count is number => typeof count === 'number';

async function bookedTokensOut({ tenant }: Outcome): Promise<number | null | undefined> {
  const [row] = await tenant.rows(1);
  return row?.outputTokens;
}

/** What of the provider's error may be in the client's: its message, or its type. */
function findErrorSigns(reply: ScriptedReply | null | undefined): string[] {
  const text = JSON.stringify(reply?.json ?? reply?.body ?? reply?.chunks?.join('') ?? '').replaceAll('\\"', '"');
  const message = /"message":"([^"]+)"/.exec(text)?.[1];
  const type = /"type":"(\w+)_error"/.exec(text)?.[1];
  return [message, type].filter((sign) => sign !== undefined);
}

function shorten(reply: ScriptedReply | null | undefined, divisor: number): ScriptedReply {
  const chunks = reply?.chunks?.map((chunk) =>
    typeof chunk === 'string' ? chunk : { ...chunk, times: Math.ceil(chunk.times / divisor) },
  );
  return { ...reply, ...(chunks && { chunks }) };
}

async function timeCase(environment: CaseEnvironment, one: CaseFile): Promise<number> {
  const startedAtMs = performance.now();
  const { reply } = await requestCase(environment, one);
  expect(reply.endsWithTerminal).toBe(true);
  return performance.now() - startedAtMs;
}
