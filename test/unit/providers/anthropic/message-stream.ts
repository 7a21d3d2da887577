import { AnthropicStreamDecoder } from '../../../../src/providers/anthropic/decode-anthropic-stream.ts';
import { decodeWhole } from '../decode-stream.ts';

/** Builders of the events of a streamed message, and a decoder to read them. */
export const createDecoder = () => new AnthropicStreamDecoder({ name: 'Claude', apiKey: 'sk-ant-secret-key' });
export type Data = { readonly type: string; readonly [field: string]: unknown };

const frame = (data: Data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
export const stream = (...events: Data[]) => events.map(frame).join('');
export const decode = (...events: Data[]) => decodeWhole(createDecoder, stream(...events));

export const start = (usage: unknown = { input_tokens: 5, output_tokens: 1 }): Data => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-x-1', content: [], usage },
});
export const block = (index: number, content_block: unknown): Data => ({
  type: 'content_block_start',
  index,
  content_block,
});
export const delta = (index: number, change: unknown): Data => ({ type: 'content_block_delta', index, delta: change });
export const blockStop = (index: number): Data => ({ type: 'content_block_stop', index });
export const messageDelta = (change: unknown, usage?: unknown): Data => ({
  type: 'message_delta',
  delta: change,
  usage,
});
export const stop: Data = { type: 'message_stop' };
export const text = (value: string) => delta(0, { type: 'text_delta', text: value });
