import { describe, expect, it } from 'vitest';
import { countPieces, splitIntoPieces } from '../../../../src/providers/stub/stub-pieces.ts';
import { createStubClient } from './stub-client.ts';

const client = createStubClient();
const tools = [{ type: 'function' as const, function: { name: 'f' } }];

const ask = (content: string, changes: object = {}) =>
  client.chat.completions.create({ model: 'stub', messages: [{ role: 'user', content }], ...changes });

/** The clock of the runtime stands still while code runs: a pause lets it go on. */
async function measureMs(work: () => Promise<unknown>): Promise<number> {
  await scheduler.wait(0);
  const startedAtMs = Date.now();
  await work();
  await scheduler.wait(0);
  return Date.now() - startedAtMs;
}

describe('a reply', () => {
  it('is cut at as many tokens as a model writes, whole and streamed', async () => {
    const prompt = 'a '.repeat(100_000);
    const { choices, usage } = await ask(prompt);
    expect(choices[0]?.finish_reason).toBe('length');
    expect(usage).toMatchObject({ prompt_tokens: 100_000, completion_tokens: 32_768 });
    const stream = await client.chat.completions.create({
      model: 'stub',
      messages: [{ role: 'user', content: prompt }],
      stream: true,
    });
    let pieces = 0;
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) pieces += 1;
    expect(pieces).toBe(32_768);
  });

  it('has at most 128 tool calls, however many the prompt names', async () => {
    const { choices } = await ask('[[tool:f]]'.repeat(200_000), { tools });
    expect(choices[0]?.message.tool_calls).toHaveLength(128);
    expect(new Set(choices[0]?.message.tool_calls?.map(({ id }) => id)).size).toBe(128);
  });
});

describe('a request is rejected with the name of its field', () => {
  it('if it has too many stop sequences', async () => {
    await expect(ask('x', { stop: Array(17).fill('y') })).rejects.toThrow('400 stop has more than 16 sequences.');
  });

  it('if millions of messages are invalid', async () => {
    await expect(ask('x', { messages: Array(1_000_000).fill(1) })).rejects.toThrow(
      '400 messages.0 is not what Stub can read.',
    );
  });

  it('if a schema lists millions of values', async () => {
    const schema = { enum: Array(1_000_000).fill(1) };
    const format = { type: 'json_schema', json_schema: { name: 's', schema } };
    await expect(ask('x', { response_format: format })).rejects.toThrow('Stub finds no value');
  });

  it('if a million tokens are invalid, without an issue for each', async () => {
    const input = Array(1_000_000).fill(-1);
    const body = JSON.stringify({ model: 'm', input });
    // About twice as long as parsing the body. With an issue for each token it is a hundred times as long.
    const parseMs = await measureMs(async () => JSON.parse(body));
    const refuseMs = await measureMs(async () => {
      await expect(client.embeddings.create({ model: 'm', input })).rejects.toThrow(
        '400 input is not what Stub can read.',
      );
    });
    expect(refuseMs).toBeLessThan(20 * Math.max(parseMs, 10));
  });

  it('if it has too many tokens to embed', async () => {
    await expect(client.embeddings.create({ model: 'm', input: Array(300_001).fill(1) })).rejects.toThrow(
      '400 input has more than 300000 tokens. Send it in several requests.',
    );
  });
});

it('pieces are counted as they are split', () => {
  const parts = [
    '',
    ' ',
    'a',
    '\n',
    '字',
    '👩‍👩‍👧',
    '\ud800',
    '\udc00',
    '\u00a0',
    '\ufeff',
    'b'.repeat(17),
    'x'.repeat(32),
  ];
  for (const first of parts) {
    for (const second of parts) {
      for (const third of parts) {
        const text = first + second + third + first;
        expect(countPieces(text), JSON.stringify(text)).toBe(splitIntoPieces(text).length);
      }
    }
  }
});
