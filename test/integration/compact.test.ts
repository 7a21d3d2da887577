import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createTenant, ledgerRows, post } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';

const translated = [
  { name: 'Claude', model: 'claude-haiku-4-5', summary: 'Bonjour' },
  { name: 'Ollama', model: 'ollama/llama3.2', summary: 'Hello' },
  { name: 'a compatible provider without Responses', model: 'plain-large', summary: 'Привет' },
];
const passed = [
  { name: 'OpenAI', model: 'gpt-4o-mini' },
  { name: 'a compatible provider', model: 'acme/acme-large' },
];

/** A conversation with each kind of item. */
function createConversation(mark: string): OpenAI.Responses.ResponseInput {
  return [
    { role: 'user', content: `The goal ${mark}.` },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{"city":"東京"}' },
    { type: 'function_call_output', call_id: 'call_1', output: `sunny ${mark}` },
    { role: 'assistant', content: 'It is sunny.' },
    { role: 'user', content: [{ type: 'input_text', text: 'And now?' }] },
  ];
}

function readCompaction({ output }: OpenAI.Responses.CompactedResponse): OpenAI.Responses.ResponseCompactionItem {
  const item = output.at(-1);
  return item?.type === 'compaction' ? item : expect.unreachable();
}

describe.each(translated)('a conversation that $name compacts', ({ model, summary }) => {
  it('is a summary of its model, which is charged once', async () => {
    const { client, row } = await openClient();
    const mark = crypto.randomUUID();
    const instructions = `Be brief ${mark}.`;
    const compacted = await client.responses.compact({ model, instructions, input: createConversation(mark) });
    const { requestId, status, source, inputTokens, outputTokens } = await row();
    expect([status, source]).toEqual(['completed', 'sync']);
    const suffix = requestId.slice('req_'.length);
    expect(compacted).toMatchObject({
      id: `resp_${suffix}`,
      object: 'response.compaction',
      created_at: expect.any(Number),
      output: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: `The goal ${mark}.` }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And now?' }] },
        { type: 'compaction', id: `cmp_${suffix}`, encrypted_content: expect.stringMatching(/^aia1\./) },
      ],
      usage: { input_tokens: inputTokens, output_tokens: outputTokens },
    });
    const sent = JSON.stringify((await findRequest(`The goal ${mark}`)).body);
    for (const text of [
      instructions,
      `sunny ${mark}`,
      '[Called look with',
      '[Result of look]',
      'It is sunny.',
      'Summarise',
    ]) {
      expect(sent).toContain(text);
    }
    expect(sent).not.toMatch(/"tool_calls"|"tool_use"|"tools"/);
  });

  it.each([...translated, ...passed])('goes on at $name', async ({ model: next }) => {
    const { client } = await openClient();
    const compacted = await client.responses.compact({ model, input: 'Remember.' });
    const mark = crypto.randomUUID();
    const input = [readCompaction(compacted), { role: 'user' as const, content: `Go on ${mark}.` }];
    const response = await client.responses.create({ model: next, input });
    expect(response.status).toBe('completed');
    const sent = JSON.stringify((await findRequest(mark)).body);
    expect(sent).toContain('Summary of the conversation so far:');
    expect(sent.indexOf(summary)).toBeGreaterThan(0);
    expect(sent.indexOf(summary)).toBeLessThan(sent.indexOf(mark));
    expect(sent).not.toContain('aia1.');
  });
});

it.each(['claude-haiku-4-5', 'gpt-4o-mini'])('a summary is not read for another tenant, at %s', async (model) => {
  const { client } = await openClient();
  const { key } = await createTenant();
  const compacted = await client.responses.compact({ model: 'claude-haiku-4-5', input: 'A secret.' });
  const mark = crypto.randomUUID();
  const forged = { type: 'compaction', encrypted_content: 'aia1.AAAA' };
  const input = [{ role: 'user', content: mark }, readCompaction(compacted), forged];
  const response = await post('/v1/responses', { model, input }, { 'x-api-key': key });
  expect([response.status, response.headers.get('x-gateway-dropped')]).toEqual([200, 'input[1],input[2]']);
  const sent = JSON.stringify((await findRequest(mark)).body);
  expect(sent).not.toMatch(/Bonjour|Summary of|aia1\./);
});

it("a vendor's own summary is dropped elsewhere, and a 400 for a strict request", async () => {
  const { key } = await createTenant();
  const input = [
    { type: 'compaction', encrypted_content: 'gAAAA' },
    { role: 'user', content: 'Hi' },
  ];
  const body = { model: 'claude-haiku-4-5', input };
  const response = await post('/v1/responses', body, { 'x-api-key': key });
  expect([response.status, response.headers.get('x-gateway-dropped')]).toEqual([200, 'input[0]']);
  const strict = await post('/v1/responses', body, { 'x-api-key': key, 'x-gateway-strict': 'true' });
  expect([strict.status, await strict.json()]).toMatchObject([400, { error: { param: 'input[0]' } }]);
});

it('reasoning is no summary, and a summary no reasoning', async () => {
  const { client, headers } = await openClient();
  const compacted = await client.responses.compact({ model: 'claude-haiku-4-5', input: 'Remember.' });
  const { encrypted_content } = readCompaction(compacted);
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content };
  const mark = crypto.randomUUID();
  const input = [
    { role: 'user', content: mark },
    { role: 'assistant', content: 'Well' },
    reasoning,
    { role: 'user', content: 'Hi' },
  ];
  const response = await post('/v1/responses', { model: 'claude-haiku-4-5', input }, headers);
  expect([response.status, response.headers.get('x-gateway-dropped')]).toEqual([200, 'input[2]']);
  expect(JSON.stringify((await findRequest(mark)).body)).not.toContain('Bonjour');
});

describe.each(passed)('a conversation that is passed to $name', ({ model }) => {
  it('comes back as the provider compacts it, and is charged once', async () => {
    const { client, row } = await openClient();
    const mark = crypto.randomUUID();
    const compacted = await client.responses.compact({ model, input: `The goal ${mark}.` });
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      output: [{ role: 'user' }, { type: 'compaction', encrypted_content: expect.stringMatching(/^gAAAA/) }],
    });
    const { usage } = compacted;
    expect(await row()).toMatchObject({
      status: 'completed',
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      tokenSource: 'provider',
    });
    const { body } = await findRequest(mark);
    expect(body).toEqual({ model: model.replace('acme/', ''), input: `The goal ${mark}.` });
    const next = { model, input: [...compacted.output, { role: 'user', content: `Go on ${mark}.` }] };
    const key = { authorization: `Bearer ${client.apiKey}` };
    expect((await post('/v1/responses', next, key)).status).toBe(200);
  });

  it('names no response of another tenant', async () => {
    const { client, tenantId } = await openClient();
    const { id } = await (await openClient()).client.responses.create({ model, input: 'Hi' });
    const error = await client.responses
      .compact({ model, previous_response_id: id })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 404, code: 'previous_response_not_found', param: 'previous_response_id' });
    expect(await ledgerRows(tenantId, 0)).toEqual([]);
  });
});

it('summarises a stored conversation, whose summary can be stored too', async () => {
  const { client } = await openClient({ storeResponses: true });
  const model = 'ollama/llama3.2';
  const first = await client.responses.create({ model, input: 'The goal.' });
  const compacted = await client.responses.compact({ model, previous_response_id: first.id });
  expect(compacted.output).toMatchObject([{ role: 'user', content: [{ text: 'The goal.' }] }, { type: 'compaction' }]);
  const second = await client.responses.create({ model, input: [readCompaction(compacted)] });
  const mark = crypto.randomUUID();
  await client.responses.create({ model, input: mark, previous_response_id: second.id });
  expect(JSON.stringify((await findRequest(mark)).body)).toContain('Summary of the conversation so far:');
  const items = await client.responses.inputItems.list(second.id);
  expect(items.data).toMatchObject([{ type: 'compaction' }]);
});

it.each([
  ['without a model', { input: 'Hi' }, 400, 'model'],
  ['without input', { model: 'stub' }, 400, 'input'],
  ['with a conversation', { model: 'stub', input: 'Hi', conversation: 'conv_1' }, 400, 'conversation'],
  ['of an unknown model', { model: 'nobodys', input: 'Hi' }, 404, 'model'],
])('refuses a request %s', async (_name, body, status, param) => {
  const { key } = await createTenant();
  const response = await post('/v1/responses/compact', body, { 'x-api-key': key });
  expect([response.status, await response.json()]).toMatchObject([status, { error: { param } }]);
});

it('charges nothing where the provider fails', async () => {
  const { client, row } = await openClient();
  const error = await client.responses.compact({ model: 'stub-error', input: 'Hi' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 502, code: 'provider_error' });
  expect(await row()).toMatchObject({ status: 'failed', costNanoUsd: 0n });
});
