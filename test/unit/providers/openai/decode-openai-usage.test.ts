import { expect, test } from 'vitest';
import { decodeOpenAiUsage } from '../../../../src/providers/openai/decode-openai-usage.ts';

test('prompt tokens include the cached ones, completion tokens the reasoning', () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 50,
    total_tokens: 150,
    prompt_tokens_details: { cached_tokens: 80, cache_write_tokens: 20, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 40 },
  };
  expect(decodeOpenAiUsage(usage)).toEqual({ input: 100, output: 50, cacheRead: 80, cacheWrite: 20, reasoning: 40 });
});

test('reasoning that the total shows beside the completion is added to the output', () => {
  const usage = {
    prompt_tokens: 307,
    completion_tokens: 26,
    total_tokens: 588,
    completion_tokens_details: { reasoning_tokens: 255 },
  };
  expect(decodeOpenAiUsage(usage)).toEqual({ input: 307, output: 281, reasoning: 255 });
});

test.each([
  ['no details', {}],
  ['details of 0', { completion_tokens_details: { reasoning_tokens: 0 } }],
])('thinking that the total alone shows is added to the output, with %s', (_name, details) => {
  const usage = { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623, ...details };
  expect(decodeOpenAiUsage(usage)).toMatchObject({ input: 20, output: 603 });
});

test('the total counts the output where nothing else does', () => {
  expect(decodeOpenAiUsage({ prompt_tokens: 20, total_tokens: 420 })).toEqual({ input: 20, output: 400 });
  expect(decodeOpenAiUsage({ prompt_tokens: 20, total_tokens: 20 })).toEqual({ input: 20 });
});

test.each([
  ['reasoning of another size', { completion_tokens_details: { reasoning_tokens: 10 } }],
  ['the cached tokens', { prompt_tokens_details: { cached_tokens: 30 } }],
  ['less than the parts', { total_tokens: 10 }],
])('a total that shows %s is not output', (_name, more) => {
  expect(decodeOpenAiUsage({ prompt_tokens: 20, completion_tokens: 8, total_tokens: 58, ...more })?.output).toBe(8);
});

test('a total that is missing shows nothing', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 26, completion_tokens_details: { reasoning_tokens: 20 } };
  expect(decodeOpenAiUsage(usage)?.output).toBe(26);
});

test.each([
  ['DeepSeek', { prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 1 }],
  ['Moonshot', { cached_tokens: 8 }],
])('cached tokens are read where %s counts them', (_name, more) => {
  const usage = { prompt_tokens: 9, completion_tokens: 1, ...more };
  expect(decodeOpenAiUsage(usage)).toEqual({ input: 9, output: 1, cacheRead: 8 });
});

test('counts that are missing, null, negative, broken or text stay missing', () => {
  const usage = { prompt_tokens: null, completion_tokens: 4, total_tokens: 4.5, prompt_tokens_details: null };
  expect(decodeOpenAiUsage(usage)).toEqual({ output: 4 });
  expect(decodeOpenAiUsage({ prompt_tokens: -1, completion_tokens: '4' })).toBeUndefined();
});

test.each([null, undefined, 'free', 3, {}, []])('%j is no usage', (value) => {
  expect(decodeOpenAiUsage(value)).toBeUndefined();
});

const counts = { prompt_tokens: 10, completion_tokens: 5 };

test.each(['priority', 'flex', 'scale', 'fast', 'ultrafast', 'performance', 'something_new'])(
  'the service tier %s has no price of the list',
  (tier) => {
    expect(decodeOpenAiUsage(counts, tier)).toEqual({ input: 10, output: 5, unpriced: true });
    expect(decodeOpenAiUsage(undefined, tier)).toEqual({ unpriced: true });
  },
);

test.each(['default', 'auto', 'standard', 'on_demand', '', undefined])('the service tier %j has one', (tier) => {
  expect(decodeOpenAiUsage(counts, tier)).toEqual({ input: 10, output: 5 });
});

test.each([
  { prompt_tokens_details: { audio_tokens: 3 } },
  { completion_tokens_details: { audio_tokens: 3 } },
  { completion_tokens_details: { image_tokens: 1290 } },
  { num_sources_used: 4 },
  { num_search_queries: 2, citation_tokens: 100 },
  { server_tool_use: { web_search_requests: 1 } },
  { server_side_tool_usage_details: { x_search_calls: 1 } },
  { plugins: { search: { count: 1 } } },
  { prompt_audio_seconds: 12 },
  { billed_units: { input_tokens: 10, search_units: 1 } },
])('a usage with %j has no price of the list', (extra) => {
  expect(decodeOpenAiUsage({ ...counts, ...extra })).toEqual({ input: 10, output: 5, unpriced: true });
});

test.each([
  { prompt_tokens_details: { image_tokens: 765, text_tokens: 10, audio_tokens: 0 } },
  { completion_tokens_details: { accepted_prediction_tokens: 1, rejected_prediction_tokens: 2, image_tokens: 0 } },
  { num_sources_used: 0, search_context_size: 'low', server_tool_use: { web_search_requests: 0 } },
  { queue_time: 0.1, prompt_time: 0.2, total_time: 0.3, cost: 0.1, is_byok: false },
])('a usage with %j has the price of its tokens', (extra) => {
  expect(decodeOpenAiUsage({ ...counts, ...extra })).toEqual({ input: 10, output: 5 });
});
