import { expect, it } from 'vitest';
import { encodeOpenAiResponseEvents } from '../../../../src/protocols/openai/encode-openai-response-events.ts';
import { clientStreamed } from './sdk-client.ts';

const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm-1',
  output: [
    { id: 'rs_1', type: 'reasoning', summary: [] },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        { type: 'output_text', text: 'Привет', annotations: [] },
        { type: 'refusal', refusal: 'No.' },
      ],
    },
    { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f', arguments: '{"x":1}', status: 'completed' },
  ],
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
};

it('is put together by the official client to the reply that the provider sent', async () => {
  const client = clientStreamed([encodeOpenAiResponseEvents(JSON.stringify(response, null, 2))]);
  const stream = client.responses.stream({ model: 'm-1', input: 'Hi' });
  let text = '';
  stream.on('response.output_text.delta', ({ delta }) => {
    text += delta;
  });
  expect(await stream.finalResponse()).toMatchObject(response);
  expect(text).toBe('Привет');
});

it('numbers its events, and ends as the reply did', () => {
  const text = encodeOpenAiResponseEvents(JSON.stringify({ ...response, status: 'incomplete' }));
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json));
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete' } });
});
