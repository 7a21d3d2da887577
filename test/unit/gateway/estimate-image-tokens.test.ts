import { describe, expect, it } from 'vitest';
import { estimateImageTokens } from '../../../src/gateway/estimate-image-tokens.ts';
import { RequestMeasure } from '../../../src/gateway/measure-request.ts';
import { readImageSize } from '../../../src/gateway/read-image-size.ts';
import { readPrompt } from '../../../src/gateway/read-prompt.ts';

function base64Of(...bytes: readonly (number | readonly number[])[]): string {
  return btoa(String.fromCharCode(...bytes.flat(), ...Array<number>(40).fill(0)));
}

const int16 = (value: number) => [value >> 8, value & 255];
const png = (width: number, height: number) =>
  base64Of(
    [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0],
    int16(width),
    [0, 0],
    int16(height),
  );
const frame = (width: number, height: number) => [0xff, 0xc0, 0, 11, 8, ...int16(height), ...int16(width), 1, 0, 0, 0];
const jpeg = (...segments: readonly (readonly number[])[]) => base64Of([0xff, 0xd8], ...segments, [0xff, 0xda, 0, 2]);

describe('the size of an image', () => {
  it.each([
    ['a PNG', png(1024, 768)],
    [
      'a GIF',
      base64Of(
        [...'GIF89a'].map((c) => c.charCodeAt(0)),
        [0, 4, 0, 3],
      ),
    ],
    ['a JPEG', jpeg([0xff, 0xe1, 0, 4, 1, 2], frame(1024, 768))],
    [
      'a lossy WebP',
      base64Of(
        [...'RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0'].map((c) => c.charCodeAt(0)),
        [0x9d, 1, 42],
        [0, 4, 0, 3],
      ),
    ],
    [
      'an extended WebP',
      base64Of(
        [...'RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0'].map((c) => c.charCodeAt(0)),
        [255, 3, 0, 255, 2, 0],
      ),
    ],
    [
      'a lossless WebP',
      base64Of(
        [...'RIFF\0\0\0\0WEBPVP8L\0\0\0\0/'].map((c) => c.charCodeAt(0)),
        [255, 0xc3, 0xbf, 0],
      ),
    ],
  ])('is read from %s', (_, base64) => {
    expect(readImageSize(base64)).toEqual({ width: 1024, height: 768 });
  });

  it('is the largest that a JPEG states', () => {
    expect(readImageSize(jpeg(frame(1, 1), frame(1024, 768), frame(2, 2)))).toEqual({ width: 1024, height: 768 });
  });

  it.each([
    ['no base64', '!'.repeat(80)],
    ['another format', btoa('x'.repeat(80))],
    ['too little', 'iVBORw0K'],
    ['a JPEG without a size', jpeg([0xff, 0xe1, 0xff, 0xff])],
  ])('is not known of %s', (_, base64) => {
    expect(readImageSize(base64)).toBeUndefined();
  });
});

describe('the tokens of an image', () => {
  const large = { width: 1024, height: 1024 };
  it.each([
    ['gpt-4o', large, 'high', 765],
    ['gpt-4o', { width: 2048, height: 4096 }, undefined, 1_105],
    ['gpt-4o', large, 'low', 85],
    ['gpt-4o', undefined, undefined, 1_445],
    ['gpt-4o-mini', large, 'auto', 25_501],
    ['gpt-4o-mini-2024-07-18', large, 'low', 2_833],
    ['gpt-4.1', large, undefined, 765],
    ['o1', large, undefined, 675],
    ['o4-mini', large, undefined, 1_762],
    ['gpt-4.1-nano', undefined, undefined, 3_779],
    ['gpt-5', large, undefined, 630],
    ['claude-sonnet-4-5', large, undefined, 1_399],
    ['claude-sonnet-4-5', undefined, undefined, 4_784],
    ['gemini-2.5-flash', { width: 10, height: 10 }, undefined, 1_120],
    ['pixtral', undefined, undefined, 16_384],
  ])('for %s, %j and detail %s are %d', (model, size, detail, tokens) => {
    expect(estimateImageTokens({ size, detail }, model)).toBe(tokens);
  });

  it.each([
    [
      'Chat Completions',
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png(1024, 1024)}`, detail: 'high' } },
    ],
    ['Responses', { type: 'input_image', image_url: `data:image/png;base64,${png(1024, 1024)}`, detail: 'high' }],
    ['Messages', { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png(1024, 1024) } }],
    [
      'the native protocol',
      { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: png(1024, 1024) } },
    ],
  ])('count in a message of %s', (_, part) => {
    const body = { messages: [{ role: 'user', content: [part] }] };
    const target = { model: 'gpt-4o', provider: { pricingVendor: 'openai' } };
    expect(new RequestMeasure(() => ({ input: readPrompt(body, ''), maxOutput: 0 }), target).size.input).toBe(765 + 4);
  });
});
