import { describe, expect, test } from 'vitest';
import { createStubClient } from './stub-client.ts';

const client = createStubClient();
const model = 'text-embedding-3-small';
const embed = async (input: string | string[] | number[] | number[][], changes: object = {}) =>
  client.embeddings.create({ model, input, encoding_format: 'float', ...changes });

describe('an embedding', () => {
  test('is a vector of length 1, the same for the same text and another for another', async () => {
    const { data, usage, ...rest } = await embed(['one two', 'one two', 'one tvo']);
    expect(rest).toEqual({ object: 'list', model });
    expect(data.map(({ object, index }) => [object, index])).toEqual([
      ['embedding', 0],
      ['embedding', 1],
      ['embedding', 2],
    ]);
    const [first, same, other] = data.map(({ embedding }) => embedding);
    expect(first).toHaveLength(8);
    expect(Math.hypot(...(first ?? []))).toBeCloseTo(1, 6);
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
    expect(usage).toEqual({ prompt_tokens: 6, total_tokens: 6 });
  });

  test('is the same in base64, which the client asks for by itself', async () => {
    const floats = await embed('Привет');
    const { data } = await client.embeddings.create({ model, input: 'Привет' });
    expect(data).toEqual(floats.data);
    const raw = await embed('Привет', { encoding_format: 'base64' });
    expect(raw.data[0]?.embedding).toEqual(expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/));
  });

  test('has as many dimensions as are asked for', async () => {
    const { data } = await embed('a', { dimensions: 1536 });
    expect(data[0]?.embedding).toHaveLength(1536);
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
  });

  test('is made of tokens too, each of which counts', async () => {
    const one = await embed([1, 2, 3]);
    const several = await embed([[1, 2, 3], [4]]);
    expect(one.data).toHaveLength(1);
    expect(several.data.map(({ embedding }) => embedding)[0]).toEqual(one.data[0]?.embedding);
    expect([one.usage.prompt_tokens, several.usage.prompt_tokens]).toEqual([3, 4]);
  });
});

describe('an invalid field is rejected by its name', () => {
  test.each<[unknown, object, string]>([
    ['', {}, 'input'],
    [[], {}, 'input'],
    [['a', ''], {}, 'input'],
    [['a', 1], {}, 'input'],
    [Array(2049).fill('a'), {}, 'input'],
    ['a', { dimensions: 0 }, 'dimensions'],
    ['a', { encoding_format: 'hex' }, 'encoding_format'],
  ])('%j with %j', async (input, changes, name) => {
    await expect(embed(input as string, changes)).rejects.toThrow(
      new RegExp(`^400 ${name}[.0-9]* is not what Stub can read.$`),
    );
  });

  test('more numbers than one reply should hold', async () => {
    await expect(embed(Array(2048).fill('a'), { dimensions: 1024 })).rejects.toThrow('dimensions is too large');
  });
});

test('models that fail on purpose do so here', async () => {
  await expect(embed('a', { model: 'stub-error' })).rejects.toMatchObject({ status: 500 });
  await expect(embed('a', { model: 'stub-other' })).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  await expect(embed('a', { model: 'stub-cut' })).rejects.toThrow('JSON');
  await expect(embed('a', { model: 'stub-429' })).rejects.toMatchObject({ status: 429 });
  expect(await embed('a', { model: 'stub-empty' })).toMatchObject({ data: [] });
});
