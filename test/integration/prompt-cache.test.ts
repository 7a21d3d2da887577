import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, ledgerRows, post, variables } from './gateway.ts';
import { queryData } from './graphql.ts';
import { createSystemPrompt, requestsOfTurns } from './prompt-prefixes.ts';

const turns = 10;
type Surface = keyof typeof requestsOfTurns;
const surfaces: readonly Surface[] = ['chat', 'responses', 'messages', 'gemini', 'native'];
type Json = Readonly<Record<string, unknown>>;

let admin: Awaited<ReturnType<typeof createTenant>>;
let markCount = 0;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
});

function newMark(): string {
  markCount += 1;
  return `mark-${admin.tenantId}-${markCount}-`;
}

/** Sends a conversation turn by turn. Resolves with the bodies that the provider got. */
async function converse(surface: Surface, model: string, key: string): Promise<Json[]> {
  const mark = newMark();
  for (let turn = 0; turn < turns; turn += 1) {
    const [path, body] = requestsOfTurns[surface](model, createSystemPrompt(mark), turn);
    const response = await post(path, body, { 'x-api-key': key });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  }
  const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${mark}`);
  const { requests } = await recorded.json<{ requests: { body: Json }[] }>();
  expect(requests).toHaveLength(turns);
  return requests.map(({ body }) => body);
}

/** The text of a body without its last message: of the fields in their order, and the messages before the last one. */
function readPrefix(body: Json): { readonly fields: string; readonly messages: readonly string[] } {
  const field = 'input' in body ? 'input' : 'messages';
  const { [field]: messages, ...fields } = body;
  return {
    fields: JSON.stringify(fields),
    messages: (messages as unknown[]).map((message) => JSON.stringify(message)),
  };
}

describe.each(['openai/gpt-4o-mini', 'claude/claude-haiku-4-5', 'ollama/llama3.2'])(
  'a conversation with %s',
  (model) => {
    it.each(surfaces)('begins on %s with the bytes of the turn before', async (surface) => {
      const { key } = await createTenant();
      const bodies = (await converse(surface, model, key)).map(readPrefix);
      for (const [index, { fields, messages }] of bodies.slice(1).entries()) {
        const before = bodies[index];
        expect(fields).toBe(before?.fields);
        expect(messages.slice(0, before?.messages.length)).toEqual(before?.messages);
        expect(messages.length).toBeGreaterThan(before?.messages.length ?? 0);
      }
    });
  },
);

it('sends Claude its own reasoning and calls back with the same bytes in each turn of Responses', async () => {
  const { key } = await createTenant();
  const mark = newMark();
  const tools = [{ type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false }];
  const input: unknown[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const scenario = turn % 2 === 0 ? 'reasoning' : 'echo';
    input.push({
      role: 'user',
      content: `[[scenario:${scenario}]] ${turn} ${scenario === 'echo' ? '[[tool:look]]' : ''}`,
    });
    const body = { model: 'claude/claude-haiku-4-5', instructions: mark, input, tools, store: false };
    const reasoning = { reasoning: { effort: 'low' }, include: ['reasoning.encrypted_content'] };
    const response = await post('/v1/responses', { ...body, ...reasoning }, { 'x-api-key': key });
    const { output } = await response.json<{ output: { type: string; call_id?: string }[] }>();
    expect(output.map(({ type }) => type)).toContain(turn % 2 === 0 ? 'reasoning' : 'function_call');
    const calls = output.filter(({ type }) => type === 'function_call');
    input.push(...output, ...calls.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: '1' })));
  }
  const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${mark}`);
  const { requests } = await recorded.json<{ requests: { body: Json }[] }>();
  const bodies = requests.map(({ body }) => readPrefix(body));
  expect(bodies).toHaveLength(turns);
  expect(bodies.at(-1)?.messages.join()).toContain('"signature"');
  for (const [index, { fields, messages }] of bodies.slice(1).entries()) {
    expect(fields).toBe(bodies[index]?.fields);
    const before = bodies[index]?.messages ?? [];
    expect(messages.slice(0, before.length)).toEqual(before);
  }
});

describe('promptCache: auto', () => {
  const model = 'claude-haiku-4-5';

  async function createRoute(): Promise<string> {
    markCount += 1;
    const name = `cached-${markCount}`;
    const input = { name, tenantId: null, promptCache: 'auto', targets: [{ provider: 'claude', model }] };
    await queryData(admin.key, 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { name } }', { input });
    return name;
  }

  it.each(surfaces)(
    'lets Claude read nine tenths of a prompt from its cache, from the second turn, on %s',
    async (surface) => {
      const { key, tenantId } = await createTenant({ scopes: ['chat', 'read'] });
      const bodies = await converse(surface, await createRoute(), key);
      for (const body of bodies)
        expect(JSON.stringify(body).split('"cache_control"').length - 1).toBeLessThanOrEqual(4);
      const rows = (await ledgerRows(tenantId, turns)).toSorted((left, right) => +left.createdAt - +right.createdAt);
      for (const [
        index,
        { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costNanoUsd },
      ] of rows.entries()) {
        const counts = [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens].map(Number);
        const [input = 0, output = 0, read = 0, written = 0] = counts;
        expect(read / input).toBeGreaterThanOrEqual(index === 0 ? 0 : 0.9);
        // Nano-dollars per token of Claude Haiku 4.5.
        const cost = (input - read - written) * 1000 + read * 100 + written * 1250 + output * 5000;
        expect(costNanoUsd).toBe(BigInt(cost));
      }
      expect(rows[0]).toMatchObject({ cacheReadTokens: 0, cacheWriteTokens: rows[0]?.inputTokens });
      const period = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) };
      const document = `query ($from: DateTime!, $to: DateTime!) {
      usage(from: $from, to: $to, groupBy: [KEY, MODEL]) { model tokensIn cacheReadTokens cacheHitRate } }`;
      const { usage } = await queryData<{ usage: Record<string, number>[] }>(key, document, period);
      expect(usage).toHaveLength(1);
      expect(usage[0]?.cacheHitRate).toBe(Number(usage[0]?.cacheReadTokens) / Number(usage[0]?.tokensIn));
      expect(usage[0]?.cacheHitRate).toBeGreaterThan(0.8);
    },
  );

  it('leaves a body of the Messages API as it is in which the client has marked a prefix', async () => {
    const { key } = await createTenant();
    const mark = newMark();
    const system = [{ type: 'text', text: mark, cache_control: { type: 'ephemeral', ttl: '1h' } }];
    const body = { model: await createRoute(), max_tokens: 10, system, messages: [{ role: 'user', content: 'Hi' }] };
    expect((await post('/v1/messages', body, { 'x-api-key': key })).status).toBe(200);
    const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${mark}`);
    const { requests } = await recorded.json<{ requests: { body: Json }[] }>();
    expect(requests.map((request) => request.body)).toEqual([{ ...body, model }]);
  });

  it('keeps the marks that a client of Chat Completions has set, and adds none', async () => {
    const { key } = await createTenant();
    const mark = newMark();
    const marked = { type: 'text', text: mark, cache_control: { type: 'ephemeral' } };
    const messages = [
      { role: 'system', content: [marked] },
      { role: 'user', content: 'Hi' },
    ];
    const body = { model: await createRoute(), messages };
    expect((await post('/v1/chat/completions', body, { 'x-api-key': key })).status).toBe(200);
    const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${mark}`);
    const { requests } = await recorded.json<{ requests: { body: Json }[] }>();
    const sent = { system: [marked], messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] };
    expect(requests.map((request) => request.body)).toMatchObject([sent]);
  });
});
