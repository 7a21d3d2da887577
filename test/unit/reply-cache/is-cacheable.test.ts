import { expect, it } from 'vitest';
import { isCacheableFinish, isCacheableRequest } from '../../../src/reply-cache/is-cacheable.ts';

it.each([
  ['an empty one', {}],
  ['one that says that it is not stored', { store: false, background: false, previous_response_id: null }],
  ['one choice', { n: 1 }],
  ['functions', { tools: [{ type: 'function', function: { name: 'f' } }], functions: [{ name: 'f' }] }],
  [
    'tools of a namespace and custom ones',
    {
      tools: [
        { type: 'namespace', tools: [] },
        { type: 'custom', name: 'c' },
      ],
    },
  ],
  [
    "Anthropic's tools without a type",
    {
      tools: [
        { name: 'f', input_schema: {} },
        { type: null, name: 'g' },
      ],
    },
  ],
  ["Gemini's functions", { tools: [{ functionDeclarations: [{ name: 'f' }] }] }],
])('takes a request with %s', (_, body) => {
  expect(isCacheableRequest(body, {})).toBe(true);
});

it.each([
  ['store', { store: true }],
  ['previous_response_id', { previous_response_id: 'resp_1' }],
  ['background', { background: true }],
  ['a conversation', { conversation: { id: 'conv_1' } }],
  ['a thread', { thread: { id: 't' } }],
  ['a container', { container: 'container_1' }],
  ['several choices', { n: 2 }],
  ["OpenAI's hosted tools", { tools: [{ type: 'function', name: 'f' }, { type: 'web_search' }] }],
  ["Anthropic's hosted tools", { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
  ["Gemini's hosted tools", { tools: [{ functionDeclarations: [], googleSearch: {} }] }],
  ['a tool that is no object', { tools: ['web_search'] }],
  ['options of a search', { web_search_options: {} }],
  ['MCP servers', { mcp_servers: [{ url: 'https://mcp.example' }] }],
])('does not take a request with %s', (_, body) => {
  expect(isCacheableRequest(body, {})).toBe(false);
});

it('takes a request that is stored by default only where it says that it is not', () => {
  const storesByDefault = true;
  expect(isCacheableRequest({ store: false }, { storesByDefault })).toBe(true);
  for (const body of [{}, { store: null }, { store: true }]) {
    expect(isCacheableRequest(body, { storesByDefault })).toBe(false);
  }
});

it('takes replies that end by themselves, at their maximum or in a tool call', () => {
  const reasons = ['stop', 'length', 'tool_calls', 'content_filter', 'other', null];
  expect(reasons.filter(isCacheableFinish)).toEqual(['stop', 'length', 'tool_calls']);
});
