import { expect, test } from 'vitest';
import { AnthropicStreamDecoder } from '../../../../src/providers/anthropic/decode-anthropic-stream.ts';
import { OpenAiStreamDecoder } from '../../../../src/providers/openai/decode-openai-chat-stream.ts';
import { recordedStream, recordingNames } from '../../../support/recordings.ts';
import { collect, decodeWhole } from '../../providers/decode-stream.ts';
import { readStream, writeAll } from './sdk-client.ts';

const names = recordingNames.filter((name) => /^(anthropic|openai|openai-compatible)\/.*\.chunks\.txt$/.test(name));

const vendor = { name: 'Vendor', apiKey: 'key' };
const createDecoder = (name: string) =>
  name.startsWith('anthropic/')
    ? new AnthropicStreamDecoder(vendor)
    : new OpenAiStreamDecoder({ vendor, requiresDone: true });

const missing = names.length === 0;
if (missing) console.warn('SKIPPED: the recordings are not beside this checkout.');

test.skipIf(missing).each(missing ? ['a recording'] : names)(
  'the official client reads %s, translated, as it was',
  async (name) => {
    const { events, error } = decodeWhole(() => createDecoder(name), recordedStream(name));
    expect(error).toBeUndefined();
    const read = collect(events);
    const finishReason = read.last?.type === 'finish' ? read.last.finishReason : undefined;
    const message = await readStream(writeAll(events.slice(0, -1), { finishReason, usage: read.usage })).finalMessage();
    const textOf = (type: 'text' | 'thinking') =>
      message.content
        .map((block) => (block.type === type ? (block as unknown as Record<string, string>)[type] : ''))
        .join('');
    const refusal = events.map((event) => (event.type === 'refusal' ? event.text : '')).join('');
    expect(textOf('text')).toBe(read.text + refusal);
    expect(textOf('thinking')).toBe(read.reasoning);
    expect(message.content.filter(({ type }) => type === 'tool_use')).toMatchObject(
      read.toolCalls.map(({ id, name: tool, argumentsJson }) => ({
        id,
        name: tool,
        input: JSON.parse(argumentsJson ?? '{}'),
      })),
    );
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = message.usage;
    expect(input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0)).toBe(
      read.usage?.input ?? 0,
    );
    expect(output_tokens).toBe(read.usage?.output ?? 0);
  },
);
