import { expect, it } from 'vitest';
import { encodeAnthropicMessageEvents } from '../../../../src/protocols/anthropic/encode-anthropic-message-events.ts';
import { readStream } from './sdk-client.ts';

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-x-1',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'S' },
    { type: 'text', text: 'Привет' },
    { type: 'redacted_thinking', data: 'D' },
    { type: 'tool_use', id: 'toolu_1', name: 'f', input: { x: 1 } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 5 },
};

/** Returns the message that the official client assembles, and the text that it shows meanwhile. */
async function read(body: object) {
  const stream = readStream(encodeAnthropicMessageEvents(JSON.stringify(body, null, 2)));
  let written = '';
  stream.on('text', (delta) => {
    written += delta;
  });
  return { reply: await stream.finalMessage(), written };
}

it('gives the official client the message that the provider sent', async () => {
  const { reply, written } = await read(message);
  expect(reply).toMatchObject(message);
  expect(written).toBe('Привет');
});

it.each([
  [
    'null in its blocks',
    [
      { type: 'text', text: null },
      { type: 'text', text: 'Hi' },
    ],
  ],
  ['a block without a type', [{}, { type: 'text', text: 'Hi' }]],
])('accepts %s, and missing counts', async (_, content) => {
  expect((await read({ ...message, content, usage: null })).written).toBe('Hi');
});

it('keeps the digits of tool inputs', () => {
  const body = '{"content":[{"type":"tool_use","id":"t","name":"f","input":{"id":2512292042121000001,"rate":1.0}}]}';
  const expected = JSON.stringify('{"id":2512292042121000001,"rate":1.0}');
  expect(encodeAnthropicMessageEvents(body)).toContain(`"partial_json":${expected}`);
});
