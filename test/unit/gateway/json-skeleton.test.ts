import { describe, expect, it, vi } from 'vitest';
import { JsonSkeleton } from '../../../src/gateway/json-skeleton.ts';

function skeletonOf(json: string, cut: number): string | undefined {
  const bytes = new TextEncoder().encode(json);
  const skeleton = new JsonSkeleton();
  skeleton.push(bytes.subarray(0, cut));
  skeleton.push(bytes.subarray(cut));
  return skeleton.text();
}

/** Each ends near the length from which on a string is shortened. */
const strings = [
  'x'.repeat(255),
  '\\"'.repeat(130),
  'é"\\'.repeat(90),
  '\n\u0001'.repeat(120),
  '👩‍👩‍👧‍👦'.repeat(12),
  '\\'.repeat(600),
];

describe('a skeleton', () => {
  it.each(strings)('is JSON of the same structure, also where it is cut anywhere (string %#)', (text) => {
    const escaped = JSON.stringify(text).replace(/é/g, '\\u00e9');
    const json = `{"a":${escaped},"usage":{"n":[1,2]},${escaped}:"${'A'.repeat(2_000)}","z":null}`;
    const length = new TextEncoder().encode(json).length;
    for (let cut = 0; cut <= length; cut += cut < 900 ? 1 : 29) {
      const value = JSON.parse(skeletonOf(json, cut) ?? '');
      expect(Object.values(value).slice(1)).toEqual([{ n: [1, 2] }, expect.stringMatching(/^A{256,260}$/), null]);
      expect(text.startsWith(value.a)).toBe(true);
    }
  });

  it('is as short as the structure', () => {
    expect(skeletonOf(`{"a":"${'A'.repeat(5_000_000)}"}`, 7)?.length).toBeLessThan(300);
  });

  it('is not JSON where the whole is not', () => {
    const json = `{"a":"${'A'.repeat(1_000)}","b":1}`;
    for (const end of [3, 300, 1_006, 1_008, json.length - 1]) {
      expect(() => JSON.parse(skeletonOf(json.slice(0, end), 2) ?? '')).toThrow(SyntaxError);
    }
  });

  it('is undefined where the structure itself is too long', () => {
    expect(skeletonOf(`[${'1,'.repeat(200_000)}1]`, 1)).toBeUndefined();
  });
});

it('searches for the end of a string once, however many escapes it has', () => {
  const search = vi.spyOn(Uint8Array.prototype, 'indexOf');
  const skeleton = new JsonSkeleton();
  skeleton.push(new TextEncoder().encode(`{"text":"${'\\n'.repeat(10_000)}","total":5}`));
  const quotes = search.mock.calls.filter(([byte]) => byte === 0x22);
  search.mockRestore();
  expect(JSON.parse(skeleton.text() ?? '')).toMatchObject({ total: 5 });
  expect(quotes).toHaveLength(1);
});
