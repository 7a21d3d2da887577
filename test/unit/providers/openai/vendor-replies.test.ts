import { describe, expect, it } from 'vitest';
import { createProvider } from '../../../../src/providers/create-provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { recordedStream, recording, recordingNames } from '../../../support/recordings.ts';
import { collect, decodeEveryCut, decodeWhole } from '../decode-stream.ts';
import { delta, sse } from './streams.ts';

const providerOf = (vendor: string) =>
  createProvider(providerOptions(getDescriptor(vendor), { baseUrl: 'https://vendor.example.com/v1', apiKey: 'key' }));

const counts = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const chunkWith = (fields: object, choices: readonly object[] = []) => ({ model: 'm-1', choices, ...fields });
const finish = (fields: object = {}, reason = 'stop') => ({
  model: 'm-1',
  choices: [{ index: 0, delta: {}, finish_reason: reason, ...fields }],
});
const thinking = (text: string) => ({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] });

/** How each vendor writes the same reply: "Hm" thought, "Hi" said, 10 tokens read and 5 written. */
const replies: readonly (readonly [
  vendor: string,
  form: string,
  chunks: readonly (object | string)[],
  output?: number,
])[] = [
  [
    'groq',
    'reasoning, and usage under x_groq',
    [delta({ reasoning: 'Hm' }), delta({ content: 'Hi' }), { ...finish(), x_groq: { usage: counts } }, '[DONE]'],
  ],
  [
    'mistral',
    'thinking among the parts of the content, and usage beside the finish reason',
    [delta(thinking('Hm')), delta({ content: 'Hi' }), { ...finish(), usage: counts }, '[DONE]'],
  ],
  [
    'deepseek',
    'reasoning_content, and usage in the last chunk',
    [
      delta({ reasoning_content: 'Hm', content: null }),
      delta({ content: 'Hi' }),
      finish(),
      chunkWith({ usage: counts }),
      '[DONE]',
    ],
  ],
  [
    'xai',
    'reasoning tokens beside the completion tokens',
    [
      ...[delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), finish()],
      chunkWith({
        usage: {
          ...{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 22 },
          completion_tokens_details: { reasoning_tokens: 7 },
        },
      }),
      '[DONE]',
    ],
    12,
  ],
  [
    'openrouter',
    'reasoning, comments, and usage beside an empty choice',
    [
      ...[delta({ reasoning: 'Hm', content: '' }), delta({ content: 'Hi' }), finish()],
      { ...delta({ content: '' }), usage: { ...counts, cost: 0.001 } },
      '[DONE]',
    ],
  ],
  [
    'together',
    'reasoning, the reason eos, and usage beside it',
    [delta({ reasoning: 'Hm' }), delta({ content: 'Hi' }), { ...finish({}, 'eos'), usage: counts }, '[DONE]'],
  ],
  [
    'fireworks',
    'reasoning_content',
    [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), { ...finish(), usage: counts }, '[DONE]'],
  ],
  [
    'perplexity',
    'usage in each chunk, and no [DONE]',
    [
      ...[
        delta({ reasoning: 'Hm' }),
        { ...delta({ content: 'Hi' }), usage: { ...counts, completion_tokens: 1, total_tokens: 11 } },
      ],
      { ...finish(), usage: counts },
    ],
  ],
  [
    'cerebras',
    'reasoning, and time_info',
    [
      delta({ reasoning: 'Hm' }),
      delta({ content: 'Hi' }),
      { ...finish(), usage: counts, time_info: { total_time: 0.1 } },
      '[DONE]',
    ],
  ],
  [
    'moonshot',
    'usage inside the choice',
    [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), finish({ usage: counts }), '[DONE]'],
  ],
  [
    'zai',
    'reasoning_content, and usage beside the finish reason',
    [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), { ...finish(), usage: counts }, '[DONE]'],
  ],
  [
    'minimax',
    'the whole message once more at the end',
    [
      ...[delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' })],
      chunkWith({ usage: counts, base_resp: { status_code: 0, status_msg: '' } }, [
        { index: 0, finish_reason: 'stop', message: { content: 'Hi', reasoning_content: 'Hm' } },
      ]),
      '[DONE]',
    ],
  ],
  [
    'alibaba',
    'usage behind the finish reason',
    [
      delta({ reasoning_content: 'Hm', content: null }),
      delta({ content: 'Hi' }),
      finish(),
      chunkWith({ usage: counts }),
      '[DONE]',
    ],
  ],
  [
    'nvidia',
    'reasoning_content',
    [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), finish(), chunkWith({ usage: counts }), '[DONE]'],
  ],
  [
    'deepinfra',
    'an estimated cost beside the counts',
    [
      delta({ reasoning_content: 'Hm' }),
      delta({ content: 'Hi' }),
      finish(),
      chunkWith({ usage: { ...counts, estimated_cost: 1e-6 } }),
      '[DONE]',
    ],
  ],
  [
    'nebius',
    'reasoning_content',
    [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), finish(), chunkWith({ usage: counts }), '[DONE]'],
  ],
  [
    'huggingface',
    'reasoning',
    [delta({ reasoning: 'Hm' }), delta({ content: 'Hi' }), finish(), chunkWith({ usage: counts }), '[DONE]'],
  ],
  [
    'gemini',
    'thoughts in the total alone',
    [
      delta({ reasoning_content: 'Hm' }),
      delta({ content: 'Hi' }),
      { ...finish(), usage: { ...counts, total_tokens: 25 } },
      '[DONE]',
    ],
    15,
  ],
  [
    'azure-openai',
    'a first chunk without choices, for the content filter',
    [
      chunkWith({ model: '', prompt_filter_results: [{ prompt_index: 0 }] }),
      ...[
        delta({ reasoning_content: 'Hm' }),
        delta({ content: 'Hi' }),
        finish(),
        chunkWith({ usage: counts }),
        '[DONE]',
      ],
    ],
  ],
  [
    'vllm',
    'reasoning_content',
    [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), finish(), chunkWith({ usage: counts }), '[DONE]'],
  ],
  [
    'lmstudio',
    'reasoning',
    [delta({ reasoning: 'Hm' }), delta({ content: 'Hi' }), finish(), chunkWith({ usage: counts }), '[DONE]'],
  ],
  [
    'llamacpp',
    'timings beside the counts',
    [
      delta({ reasoning_content: 'Hm' }),
      delta({ content: 'Hi' }),
      finish(),
      chunkWith({ usage: counts, timings: { prompt_n: 10 } }),
      '[DONE]',
    ],
  ],
];

const streams = replies.map(([vendor, form, chunks, output = 5]) => [vendor, form, chunks, output] as const);

describe('a streamed reply', () => {
  it.each(streams)('of %s has its text, reasoning and counts: %s', (vendor, _, chunks, output) => {
    const provider = providerOf(vendor);
    const text = new TextDecoder().decode(sse(chunks)).replace(/^/, ': PROCESSING\n\n');
    for (const { events, error } of [
      decodeWhole(provider.createDecoder, text),
      ...decodeEveryCut(provider.createDecoder, text),
    ]) {
      expect(error).toBeUndefined();
      expect(collect(events)).toMatchObject({
        text: 'Hi',
        reasoning: 'Hm',
        usage: { input: 10, output },
        last: { type: 'finish', finishReason: 'stop' },
      });
    }
  });

  it.each(streams)('of %s is complete without [DONE], and cut off without its end', (vendor, _, chunks) => {
    const { createDecoder } = providerOf(vendor);
    const decode = (some: readonly (object | string)[]) =>
      decodeWhole(createDecoder, new TextDecoder().decode(sse(some)));
    expect(decode(chunks.filter((chunk) => chunk !== '[DONE]')).error).toBeUndefined();
    expect(decode(chunks.slice(0, 2)).error).toMatchObject({ code: 'provider_error', detail: 'stream_cut_off' });
  });
});

describe('MiniMax’s errors under status 200', () => {
  it.each([
    [1002, 'rate_limited'],
    [1004, 'provider_error'],
    [2013, 'invalid_request'],
    [1000, 'provider_error'],
  ])('with the code %i are %s', (code, expected) => {
    const body = JSON.stringify({ base_resp: { status_code: code, status_msg: 'wrong' } });
    expect(() => providerOf('minimax').decodeResponse(body)).toThrow(expect.objectContaining({ code: expected }));
    const stream = decodeWhole(providerOf('minimax').createDecoder, `data: ${body}\n\n`);
    expect(stream.error).toMatchObject({ code: expected });
  });
});

const recorded = recordingNames.filter((name) => /^openai-compatible\/(?:groq|mistral|deepseek)-/.test(name));
if (recorded.length === 0) console.warn('SKIPPED: the recordings of compatible vendors are not beside this checkout.');

describe.skipIf(recorded.length === 0)('recorded traffic', () => {
  it.each(recorded)('%s is decoded with its counts, and its reasoning where it has some', (name) => {
    const provider = providerOf(/\/(\w+)-/.exec(name)?.[1] ?? '');
    const reasons = /reasoning/.test(name);
    if (name.endsWith('.json')) {
      const { content, usage } = provider.decodeResponse(recording(name));
      expect(usage?.output).toBeGreaterThan(0);
      expect(content.some(({ type }) => type === 'reasoning')).toBe(reasons);
      return;
    }
    const { events, error } = decodeWhole(provider.createDecoder, recordedStream(name));
    const { usage, reasoning, toolCalls } = collect(events);
    expect(error).toBeUndefined();
    expect(usage?.output).toBeGreaterThan(0);
    if (reasons) expect(reasoning).not.toBe('');
    if (/tool-call/.test(name)) expect(toolCalls).not.toEqual([]);
  });
});
