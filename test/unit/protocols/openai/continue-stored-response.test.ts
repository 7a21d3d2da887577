import { describe, expect, it } from 'vitest';
import { continueStoredResponse } from '../../../../src/protocols/openai/continue-stored-response.ts';
import type { Conversation, ResponseStore } from '../../../../src/responses-store/response-store.ts';

const id = 'resp_01K9Z3N4V6T8QW2R5Y7B9D1F3H';
const question = { id: 'msg_in0', type: 'message', role: 'user', content: 'Well?' };
const reasoning = { id: 'rs_1', type: 'reasoning', summary: [] };
const output = [
  reasoning,
  { ...reasoning, encrypted_content: 'e' },
  { id: 'ws_1', type: 'web_search_call', status: 'completed' },
  { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f', arguments: '{"n":12345678901234567890}' },
];

/** A store with one conversation, which counts what is looked up. */
function createStore(conversation: Conversation) {
  const lookups: string[] = [];
  const store: Pick<ResponseStore, 'findConversation'> = {
    findConversation: async (key) => {
      lookups.push(`${key.tenantId} ${key.id}`);
      return conversation;
    },
  };
  return { store: store as ResponseStore, lookups };
}

const found: Conversation = { type: 'found', turns: [{ input: [question], output }], previousId: 'resp_provider' };

async function continueWith(text: string, conversation: Conversation = found) {
  const { store, lookups } = createStore(conversation);
  const result = await continueStoredResponse(store, 'ten_1', { text, body: JSON.parse(text) });
  return { ...result, lookups };
}

describe('continueStoredResponse', () => {
  it.each([
    ['a text', '"And?"', '{"role":"user","content":"And?"}'],
    [
      'items, digit for digit',
      '[ {"role":"user","n":1.0,"m":12345678901234567890} ]',
      ' {"role":"user","n":1.0,"m":12345678901234567890} ',
    ],
  ])('puts the stored items before %s', async (_name, input, own) => {
    const text = `{"model":"m", "input":${input},"previous_response_id":"${id}"}`;
    const { text: changed, body, lookups } = await continueWith(text);
    expect(lookups).toEqual([`ten_1 ${id}`]);
    const { id: _, ...withoutId } = question;
    expect(body).toMatchObject({ previous_response_id: 'resp_provider' });
    expect(body.input).toMatchObject([
      withoutId,
      { type: 'reasoning', encrypted_content: 'e' },
      { type: 'web_search_call', id: 'ws_1' },
      { type: 'function_call', call_id: 'c' },
      { role: 'user' },
    ]);
    expect(JSON.stringify(body.input)).not.toMatch(/"(?:fc_1|rs_1|msg_in0)"/);
    expect(changed).toContain(`,${own}]`);
  });

  it('sends the stored items alone where there is no input', async () => {
    const { body } = await continueWith(`{"previous_response_id":"${id}","input":[]}`);
    expect(body.input).toHaveLength(4);
  });

  it.each([
    '{"input":"Hi"}',
    '{"input":"Hi","previous_response_id":null}',
    '{"input":"Hi","previous_response_id":"resp_68f0c1d2e3a4b5c6d7e8f90123456789abcdef0123456789"}',
  ])('looks nothing up for %s', async (text) => {
    expect(await continueWith(text)).toMatchObject({ text, lookups: [] });
  });

  it('leaves a response as it is that the gateway does not store', async () => {
    const text = `{"input":"Hi","previous_response_id":"${id}"}`;
    expect((await continueWith(text, { type: 'not_found' })).text).toBe(text);
  });

  it.each(['too_long', 'too_large'] as const)('rejects a conversation that is %s', async (type) => {
    const text = `{"input":"Hi","previous_response_id":"${id}"}`;
    await expect(continueWith(text, { type })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'previous_response_id',
    });
  });
});
