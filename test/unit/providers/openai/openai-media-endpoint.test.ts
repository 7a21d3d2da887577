import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { decodeOpenAiMediaUsage } from '../../../../src/providers/openai/decode-openai-media-usage.ts';
import { createMediaEndpoint } from '../../../../src/providers/openai/openai-media-endpoint.ts';

const counts = { input_tokens: 10, output_tokens: 20, total_tokens: 30 };

describe('usage', () => {
  it.each([
    ['image', counts, { input: 10, output: 20, imageInput: 0, imageOutput: 20 }],
    ['image_edit', counts, { input: 10, output: 20, imageInput: 10, imageOutput: 20 }],
    [
      'image_edit',
      {
        ...counts,
        input_tokens_details: { text_tokens: 3, image_tokens: 7 },
        output_tokens_details: { image_tokens: 15, text_tokens: 5 },
      },
      { input: 10, output: 20, imageInput: 7, imageOutput: 15 },
    ],
    ['transcript', { type: 'tokens', ...counts }, { input: 10, output: 20, audioInput: 10 }],
    ['transcript', { ...counts, input_token_details: { audio_tokens: 8 } }, { input: 10, output: 20, audioInput: 8 }],
    ['transcript', { type: 'duration', seconds: 9 }, { unpriced: true }],
    ['speech', counts, { input: 10, output: 20, audioOutput: 20 }],
    ['speech', { ...counts, characters: 12 }, { input: 10, output: 20, unpriced: true }],
    ['image', { ...counts, input_tokens_details: { cached_tokens: 4 } }, { input: 10, output: 20, unpriced: true }],
    ['image', { input_tokens: 10 }, { input: 10, unpriced: true }],
    ['image', undefined, undefined],
  ] as const)('of kind %s: %j', (kind, value, usage) => {
    expect(decodeOpenAiMediaUsage(value, kind)).toEqual(usage);
  });
});

describe('a stream', () => {
  const { createDecoder } = createMediaEndpoint('/x', 'image', { name: 'Acme', apiKey: undefined });

  function read(...events: readonly object[]): StreamEvent[] {
    const decoder = createDecoder?.() ?? expect.unreachable();
    const found: StreamEvent[] = [];
    for (const event of events) decoder.push(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`), found);
    decoder.end(found);
    return found;
  }

  it('has the counts of its last event', () => {
    const completed = { type: 'image_generation.completed', usage: counts };
    expect(read({ type: 'image_generation.partial_image' }, completed)).toEqual([
      { type: 'usage', usage: { input: 10, output: 20, imageInput: 0, imageOutput: 20 } },
      { type: 'finish', finishReason: 'stop' },
    ]);
  });

  it('has no known price where several pictures are counted', () => {
    const completed = { type: 'image_generation.completed', usage: counts };
    expect(read(completed, completed)).toContainEqual({
      type: 'usage',
      usage: expect.objectContaining({ unpriced: true }),
    });
  });

  it('is cut off without its last event', () => {
    expect(() => read({ type: 'image_generation.partial_image' })).toThrow('cut the stream off');
  });

  it('throws an error of the provider', () => {
    expect(() => read({ type: 'error', error: { message: 'No.', type: 'server_error' } })).toThrow('Acme');
  });
});
