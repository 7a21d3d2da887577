import { describe, expect, test } from 'vitest';
import { decodeAnthropicUsage, usageSchema } from '../../../../src/providers/anthropic/decode-anthropic-usage.ts';

const tokens = { input_tokens: 1000, output_tokens: 100 };
const read = (usage: object, serverTools?: string[]) => decodeAnthropicUsage(usageSchema.parse(usage), serverTools);
const counted = { input: 1000, output: 100 };

describe('a usage has no price of the list', () => {
  test.each([
    { speed: 'fast' },
    { speed: 'turbo' },
    { inference_geo: 'us' },
    { service_tier: 'priority' },
    { service_tier: 'batch' },
    { server_tool_use: { code_execution_requests: 1 } },
    { server_tool_use: { web_fetch_requests: 1, something_new_requests: 2 } },
    { iterations: [{ type: 'advisor_message', model: 'claude-y', input_tokens: 9, output_tokens: 9 }] },
    { iterations: [{ type: 'something_new', input_tokens: 9, output_tokens: 9 }] },
  ])('with %j', (extra) => {
    expect(read({ ...tokens, ...extra })).toEqual({ ...counted, unpriced: true });
  });

  test.each(['code_execution', 'bash_code_execution', 'advisor', 'web_search', 'something_new'])(
    'if the reply contains the tool %s without a count',
    (name) => {
      expect(read(tokens, [name])).toEqual({ ...counted, unpriced: true });
    },
  );

  test('even without token counts', () => {
    expect(read({ speed: 'fast' })).toEqual({ unpriced: true });
    expect(decodeAnthropicUsage(undefined, ['code_execution'])).toEqual({ unpriced: true });
  });
});

describe('a usage has the price of its tokens', () => {
  test.each([
    { speed: 'standard', service_tier: 'standard', inference_geo: 'global' },
    { speed: null, service_tier: null, inference_geo: null, server_tool_use: null, iterations: null },
    { inference_geo: 'not_available' },
    { server_tool_use: { web_search_requests: 0, web_fetch_requests: 3, something_new_requests: 0 } },
    { iterations: [{ type: 'message', ...tokens }] },
    { iterations: 'none', server_tool_use: 7, speed: 7 },
  ])('with %j', (extra) => {
    expect(read({ ...tokens, ...extra }, ['web_fetch', 'tool_search_tool_regex'])).toEqual(counted);
  });
});

test('searches on the web are counted', () => {
  const usage = { ...tokens, server_tool_use: { web_search_requests: 5, web_fetch_requests: 0 } };
  expect(read(usage, ['web_search'])).toEqual({ ...counted, webSearches: 5 });
});

describe('iterations', () => {
  const cache = {
    cache_read_input_tokens: 10,
    cache_creation_input_tokens: 20,
    cache_creation: { ephemeral_1h_input_tokens: 5 },
  };

  test('that summarise the prompt are added to the counts, which leave them out', () => {
    const iterations = [
      { type: 'compaction', input_tokens: 50_000, output_tokens: 3000, ...cache },
      { type: 'message', ...tokens },
    ];
    expect(read({ ...tokens, iterations })).toEqual({
      input: 51_030,
      output: 3100,
      cacheRead: 10,
      cacheWrite: 20,
      cacheWriteOneHour: 5,
    });
    expect(read({ ...tokens, ...cache, iterations })).toMatchObject({
      input: 51_060,
      cacheRead: 20,
      cacheWrite: 40,
      cacheWriteOneHour: 10,
    });
  });

  test('of models that declined are not billed, and the one that answered is in the counts', () => {
    const iterations = [
      { type: 'message', model: 'claude-x', input_tokens: 900, output_tokens: 7 },
      { type: 'fallback_message', model: 'claude-y', ...tokens },
    ];
    expect(read({ ...tokens, iterations })).toEqual(counted);
  });

  test('alone leave missing counts missing', () => {
    expect(read({ iterations: [{ type: 'compaction', input_tokens: 5, output_tokens: 5 }] })).toBeUndefined();
    expect(read({ output_tokens: 1, iterations: [null, { type: 'compaction', output_tokens: 5 }] })).toEqual({
      output: 6,
    });
  });
});
