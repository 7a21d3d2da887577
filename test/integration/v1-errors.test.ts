import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post } from './gateway.ts';

const functions = [{ name: 'look', parameters: { type: 'object', properties: {} } }];
const messages = [{ role: 'user', content: 'Hi' }];
let headers: Record<string, string>;

beforeAll(async () => {
  headers = { 'x-api-key': (await createTenant()).key };
});

async function refuse(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await post(path, { messages, ...body }, headers);
  expect(response.status).toBe(400);
  return ((await response.json()) as { error: Record<string, unknown> }).error;
}

describe.each([false, true])('a client of Chat Completions, stream %s', (stream) => {
  const refuseChat = (body: object) => refuse('/v1/chat/completions', { model: 'ollama/llama3.2', stream, ...body });

  it('gets the field that the provider does not support', async () => {
    expect(await refuseChat({ logprobs: true })).toMatchObject({
      type: 'invalid_request_error',
      param: 'logprobs',
      code: 'invalid_request',
    });
  });

  it('gets the name of its field if it sends functions', async () => {
    expect(await refuseChat({ functions, function_call: { name: 'listen' } })).toMatchObject({
      param: 'function_call.name',
    });
  });

  it('gets the path of an invalid field, with functions or without', async () => {
    expect(await refuseChat({ functions, parallel_tool_calls: 'x' })).toMatchObject({ param: 'parallel_tool_calls' });
    expect(await refuseChat({ functions, temperature: 'x' })).toMatchObject({ param: 'temperature' });
  });
});

describe.each([false, true])('a client of Messages, stream %s', (stream) => {
  const refuseMessages = async (body: object) =>
    (await refuse('/v1/messages', { model: 'ollama/llama3.2', max_tokens: 9, stream, ...body })).message;
  const tools = [{ name: 'look', input_schema: { type: 'object' } }];

  it('gets the name of its field', async () => {
    expect(await refuseMessages({ tools, tool_choice: { type: 'tool', name: 'listen' } })).toMatch(/^tool_choice/);
  });

  it('gets the index of its message', async () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
    const body = { system: 'Be brief.', messages: [{ role: 'user', content: [image] }] };
    expect(await refuseMessages(body)).toMatch(/^messages\[0\]: holds an image by URL/);
  });

  it('gets the path of an invalid field', async () => {
    expect(await refuseMessages({ stop_sequences: [5] })).toMatch(/^stop_sequences\[0\]: /);
    expect(await refuseMessages({ output_config: { format: 'x' } })).toMatch(/^output_config\.format: /);
  });
});
