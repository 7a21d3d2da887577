import { describe, expect, it } from 'vitest';
import { estimateInputTokens, readChatPrompt, readRequestSize } from '../../../src/gateway/estimate-input-tokens.ts';
import { RequestMeasure } from '../../../src/gateway/measure-request.ts';
import { readPrompt } from '../../../src/gateway/read-prompt.ts';
import { estimateTokens } from '../../../src/usage/estimate-tokens.ts';

const words = 'The quick brown fox jumps over the lazy dog.';
const digits = '1234567890'.repeat(3_000);
const openAi = { model: 'gpt-4o', provider: { pricingVendor: 'openai' } };

function measure(body: Readonly<Record<string, unknown>>, target = openAi, json = JSON.stringify(body)) {
  return new RequestMeasure(() => ({ input: readPrompt(body, json), maxOutput: 0 }), target).size;
}

describe('the price of writing to a cache', () => {
  const text = { type: 'text', text: words } as const;
  const messages = [{ role: 'user', content: [text] }] as const;
  const tool = { name: 'travel', parameters: {} };

  it.each([
    [{ messages, promptCache: 'auto' as const }, true],
    [{ messages: [{ role: 'user' as const, content: [{ ...text, cacheControl: {} }] }] }, true],
    [{ messages, tools: [{ ...tool, cacheControl: {} }] }, true],
    [{ messages, tools: [tool], promptCache: 'off' as const }, false],
  ])('is reserved where the route or the client marks a prefix: %j', (chat, caches) => {
    expect(readRequestSize(chat).caches).toBe(caches);
  });
});

describe('the text of a prompt', () => {
  it('counts the same in each protocol', async () => {
    const native = [{ role: 'user', content: [{ type: 'text', text: words }] }] as const;
    const expected = await estimateInputTokens(readChatPrompt({ messages: native }), 'gpt-4o');
    expect(expected - estimateTokens(words)).toBeLessThanOrEqual(5);
    expect(measure({ messages: native }).input).toBe(expected);
    expect(measure({ messages: [{ role: 'user', content: words }] }).input).toBe(expected);
    expect(measure({ input: [{ role: 'user', content: words }] }).input).toBe(expected);
  });

  it('counts tools with the names in their schemas', () => {
    const tools = [{ name: 'travel', parameters: { type: 'object', properties: { destination: { type: 'string' } } } }];
    const written = estimateTokens(JSON.stringify(tools));
    expect(measure({ tools }).input / written).toBeGreaterThan(0.9);
    expect(measure({ tools }).input / written).toBeLessThan(2);
  });

  it.each([
    ['functions', { functions: [{ name: 'f', description: digits, parameters: {} }] }],
    ['numbers in a schema', { tools: [{ parameters: { enum: Array.from({ length: 6_000 }, (_, n) => 10_000 + n) } }] }],
    ['a prompt variable', { prompt: { id: 'pmpt_1', variables: { city: digits } } }],
    ['a tool call id', { messages: [{ role: 'tool', tool_call_id: digits, content: '' }] }],
    ['a long value of a type', { messages: [{ role: 'user', content: [{ type: digits }] }] }],
    [
      'a field name in arguments',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', input: { [digits]: 1 } }] }] },
    ],
    ['an unknown field', { chat_template_kwargs: { [digits]: true } }],
    ['a field of another case', { Messages: [{ role: 'user', content: digits }] }],
    [
      'a signature',
      { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: digits }] }] },
    ],
    ['encrypted reasoning', { input: [{ type: 'reasoning', encrypted_content: digits }] }],
    [
      'text beside an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: digits } }] }] },
    ],
    ['the schema of the output', { output_config: { format: { schema: { description: digits } } } }],
  ])('counts %s', (_, body) => {
    expect(measure(body).input).toBeGreaterThan(10_000 / 1.5);
  });

  it('counts digits of a number that JavaScript does not keep', () => {
    const json = `{"tools":[{"parameters":{"minimum":0.${'1'.repeat(30_000)}}}]}`;
    expect(measure(JSON.parse(json), openAi, json).input).toBeGreaterThan(10_000 / 1.5);
  });

  it('counts a prediction as output', () => {
    const size = measure({ prediction: { type: 'content', content: digits }, messages: [] });
    expect(size.predicted).toBeGreaterThan(10_000 / 1.5);
    expect(size.input).toBeLessThan(10);
  });

  it('does not count parameters', () => {
    const parameters = {
      model: 'm'.repeat(256),
      user: digits,
      metadata: { a: digits },
      stop: [digits],
      logit_bias: {},
    };
    expect(measure({ ...parameters, messages: [] }).input).toBeLessThan(10);
  });

  it('counts 1.35 times as much for Claude', () => {
    const body = { messages: [{ role: 'user', content: words.repeat(100) }] };
    const claude = { model: 'claude-haiku-4-5', provider: { pricingVendor: 'anthropic' } };
    expect(measure(body, claude).input).toBe(Math.ceil(measure(body).input * 1.35));
  });

  it('may be nested as deeply as a body is long', () => {
    let nested: unknown = words;
    for (let depth = 0; depth < 200_000; depth += 1) nested = [nested];
    expect(measure({ messages: nested, tools: nested }).input).toBeGreaterThan(2 * estimateTokens(words));
  });
});

describe('hidden content', () => {
  it.each([
    ['a stored response', { previous_response_id: 'resp_1' }],
    ['a conversation', { conversation: { id: 'conv_1' } }],
    ['a thread', { thread: { type: 'continue', previous_message_id: 'msg_1' } }],
    ['a stored prompt', { prompt: { id: 'pmpt_1' } }],
    ['a stored item', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['a file of Chat Completions', { messages: [{ content: [{ type: 'file', file: { file_id: 'file-1' } }] }] }],
    ['a file of Responses', { input: [{ content: [{ type: 'input_file', file_url: 'https://example.com/a.pdf' }] }] }],
    [
      'a document behind a URL',
      { messages: [{ content: [{ type: 'document', source: { type: 'url', url: 'https://a.example' } }] }] },
    ],
    [
      'a document by id',
      { messages: [{ content: [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }] }] },
    ],
    ['a PDF', { messages: [{ content: [{ type: 'document', source: { type: 'base64', data: 'JVBERi0=' } }] }] }],
    ['an uploaded file', { messages: [{ content: [{ type: 'container_upload', file_id: 'file_1' }] }] }],
    ['a hosted tool', { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }],
  ])('is %s', (_, body) => {
    expect(measure(body).hasHiddenInput).toBe(true);
  });

  it.each([
    ['a field that is null', { previous_response_id: null, conversation: null, prompt: null }],
    ['a prompt that is text', { prompt: words }],
    ['a text document', { messages: [{ content: [{ type: 'document', source: { type: 'text', data: words } }] }] }],
    [
      'a property of a schema',
      { tools: [{ type: 'function', parameters: { properties: { file_id: { type: 'string' } } } }] },
    ],
    ['an image by id', { messages: [{ content: [{ type: 'image', source: { type: 'file', file_id: 'file_1' } }] }] }],
  ])('is not %s', (_, body) => {
    expect(measure(body).hasHiddenInput).toBeUndefined();
  });

  it('counts a text file by its bytes', () => {
    const file_data = `data:text/plain;base64,${btoa(digits)}`;
    const size = measure({
      input: [{ role: 'user', content: [{ type: 'input_file', filename: 'a.txt', file_data }] }],
    });
    expect(size.hasHiddenInput).toBeUndefined();
    expect(size.input).toBeGreaterThan(digits.length / 1.5);
  });
});

describe('measuring a long prompt', () => {
  const body = { messages: [{ role: 'user', content: '一'.repeat(1_500_000) }] };

  it('lets other work run between its parts', async () => {
    const measured = new RequestMeasure(() => ({ input: readPrompt(body, ''), maxOutput: 0 }), openAi).measure();
    expect(measured).toBeInstanceOf(Promise);
    let turns = 0;
    let isMeasured = false;
    const other = (async () => {
      for (; !isMeasured; turns += 1) await new Promise((resolve) => setTimeout(resolve, 0));
    })();
    const { input } = await measured;
    isMeasured = true;
    await other;
    expect(turns).toBeGreaterThanOrEqual(4);
    expect(input).toBe(measure(body).input);
    expect(input).toBeGreaterThan(1_000_000);
  });

  it('takes no promise for a short one', () => {
    const short = { messages: [{ role: 'user', content: words.repeat(1_000) }] };
    const size = new RequestMeasure(() => ({ input: readPrompt(short, ''), maxOutput: 0 }), openAi).measure();
    expect(size).toEqual(measure(short));
  });
});
