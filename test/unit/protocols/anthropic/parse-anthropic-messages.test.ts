import type Anthropic from '@anthropic-ai/sdk';
import { expect, it, test } from 'vitest';
import { parseAnthropicRequest } from '../../../../src/protocols/anthropic/parse-anthropic-request.ts';
import { refusalOf } from './parse-error.ts';

const read = (messages: unknown[], fields: object = {}) =>
  parseAnthropicRequest({ max_tokens: 100, messages, ...fields }).messages;
const content = (role: 'user' | 'assistant', ...blocks: unknown[]) => read([{ role, content: blocks }])[0]?.content;
const text = (value: string) => ({ type: 'text', text: value });

test('a conversation with tools keeps its content and its order', () => {
  const messages: Anthropic.MessageParam[] = [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
        { type: 'redacted_thinking', data: 'opaque' },
        { type: 'text', text: 'Let me look.', cache_control: { type: 'ephemeral' } },
        { type: 'tool_use', id: 'a', name: 'look', input: { city: 'Rome' }, caller: { type: 'direct' } },
        { type: 'tool_use', id: 'b', name: 'look', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Here:' },
        { type: 'tool_result', tool_use_id: 'a', content: 'sunny' },
        { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'no city' }], is_error: true },
        { type: 'text', text: 'Go on.' },
      ],
    },
    { role: 'assistant', content: 'The weather is' },
  ];
  expect(read(messages)).toEqual([
    { role: 'user', content: [text('Weather?')] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.', signature: 'sig' },
        text('Let me look.'),
        { type: 'tool_call', id: 'a', name: 'look', argumentsJson: '{"city":"Rome"}' },
        { type: 'tool_call', id: 'b', name: 'look', argumentsJson: '{}' },
      ],
    },
    { role: 'tool', toolCallId: 'a', content: [text('sunny')] },
    { role: 'tool', toolCallId: 'b', content: [text('no city')], isError: true },
    { role: 'user', content: [text('Here:'), text('Go on.')] },
    { role: 'assistant', content: [text('The weather is')] },
  ]);
});

test('a message of tool results alone becomes no user message', () => {
  const results = [
    { type: 'tool_result', tool_use_id: 'a' },
    { type: 'tool_result', tool_use_id: 'b', content: null, is_error: false },
    { type: 'tool_result', tool_use_id: 'c', content: [] },
  ];
  expect(read([{ role: 'user', content: results }])).toEqual([
    { role: 'tool', toolCallId: 'a', content: [] },
    { role: 'tool', toolCallId: 'b', content: [] },
    { role: 'tool', toolCallId: 'c', content: [] },
  ]);
});

test('images are read from users and from tools', () => {
  const base64 = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } };
  const url = { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' }, transformations: {} };
  const parts = [
    { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'iVBO' } },
    { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
  ];
  expect(content('user', base64, url)).toEqual(parts);
  expect(content('user', { type: 'tool_result', tool_use_id: 'a', content: [base64, url] })).toEqual(parts);
});

test('system blocks become one text and can occur within the conversation', () => {
  const system = [text('Be brief.'), { ...text('Be kind.'), cache_control: { type: 'ephemeral' } }];
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'system', content: 'Be quick.' },
  ];
  expect(read(messages, { system })).toEqual([
    { role: 'system', content: [text('Be brief.\n\nBe kind.')] },
    { role: 'user', content: [text('a')] },
    { role: 'system', content: [text('Be quick.')] },
  ]);
  expect(read([{ role: 'user', content: 'a' }], { system: '' })).toHaveLength(1);
});

test('thinking without a signature is parsed without one', () => {
  const [unsigned, empty] = content(
    'assistant',
    { type: 'thinking', thinking: 'a' },
    {
      type: 'thinking',
      thinking: 'b',
      signature: '',
    },
  ) as unknown as readonly { signature?: string }[];
  expect([unsigned?.signature, empty?.signature]).toEqual([undefined, undefined]);
});

it('reads documents, search results and compactions', () => {
  const pdf = { type: 'base64', media_type: 'application/pdf', data: 'AA==' };
  const blocks = [
    { type: 'document', source: pdf, title: 'a.pdf', context: 'A report.' },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'plain' }, title: 'Notes' },
    { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'inner' }] } },
    { type: 'search_result', source: 'https://a.example', title: 'A', content: [{ type: 'text', text: 'found' }] },
    { type: 'compaction', content: 'Earlier turns.' },
  ];
  expect(read([{ role: 'user', content: blocks }])).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'A report.' },
        { type: 'document', mediaType: 'application/pdf', data: 'AA==', fileName: 'a.pdf' },
        { type: 'text', text: 'Notes' },
        { type: 'text', text: 'plain' },
        { type: 'text', text: 'inner' },
        { type: 'text', text: 'A (https://a.example)\nfound' },
        { type: 'text', text: 'Earlier turns.' },
      ],
    },
  ]);
});

test('an assistant message without remaining content is omitted', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: [{ type: 'redacted_thinking', data: 'opaque' }] },
    { role: 'assistant', content: [] },
    { role: 'user', content: 'b' },
  ];
  expect(read(messages).map(({ role }) => role)).toEqual(['user', 'user']);
});

const image = (source: unknown, more: object = {}) => ({ type: 'image', source, ...more });
const url = { type: 'url', url: 'https://a.example' };
const result = (more: object) => ({ type: 'tool_result', tool_use_id: 'a', ...more });
const use = (more: object) => ({ type: 'tool_use', id: 'a', name: 'b', input: {}, ...more });

test.each([
  [
    'user',
    { type: 'document', source: { type: 'url', url: 'https://a.example/a.pdf' } },
    'content[0].source.type: must be base64, text or content',
  ],
  ['user', { type: 'search_result' }, 'content[0].source: '],
  ['user', { type: 'container_upload', file_id: 'f' }, 'content[0].type: must be one of'],
  ['user', { type: 'tool_use' }, 'content[0].type: must be one of'],
  [
    'user',
    { text: 'a' },
    'content[0].type: must be one of text, image, document, search_result, tool_result, compaction, and is none',
  ],
  ['user', 'a', 'content[0]: must be a block'],
  [
    'assistant',
    { type: 'server_tool_use' },
    'content[0].type: must be one of text, tool_use, thinking, redacted_thinking',
  ],
  ['assistant', { type: 'web_search_tool_result' }, 'content[0].type: must be one of'],
  ['assistant', image(url), 'content[0].type: must be one of'],
  ['user', image({ type: 'file', file_id: 'f' }), 'content[0].source.type: must be base64 or url'],
  [
    'user',
    image({ type: 'url', url: 'data:image/png;base64,iVBO' }),
    'content[0].source.url: must begin with https://',
  ],
  [
    'user',
    image({ type: 'base64', media_type: 'image/bmp', data: 'a' }),
    'content[0].source.media_type: must be image/jpeg',
  ],
  ['user', image({ type: 'base64', media_type: 'image/png', data: '' }), 'content[0].source.data: '],
  [
    'user',
    image(url, { transformations: { oversized_image: 'error' } }),
    'transformations.oversized_image: can only be',
  ],
  ['user', { ...text('a'), citations: [{}] }, 'content[0].citations: can only be sent to Claude'],
  ['user', { ...text('a'), txt: 1 }, 'messages[0].content[0].txt: is not a known field'],
  ['user', { type: 'text' }, 'content[0].text: '],
  [
    'user',
    result({ content: [{ type: 'tool_reference', tool_name: 'a' }] }),
    'content[0].content[0].type: must be one of text, image, document, search_result, and is',
  ],
  ['user', result({ content: 5 }), 'content[0].content: must be a string or a list of blocks'],
  ['user', result({ is_error: 'yes' }), 'content[0].is_error: '],
  ['user', result({ toolset_name: 'browser' }), 'content[0].toolset_name: is something only Claude'],
  ['user', result({ tool_use_id: '' }), 'content[0].tool_use_id: '],
  ['assistant', use({ input: 'a' }), 'content[0].input: must be an object'],
  ['assistant', use({ input: [] }), 'content[0].input: must be an object'],
  ['assistant', use({ caller: { type: 'code_execution_20260120', tool_id: 'a' } }), 'content[0].caller'],
] as const)('the %s block %j is rejected with its path', (role, block, message) => {
  expect(refusalOf(() => content(role, block))).toContain(message);
  expect(refusalOf(() => content(role, block))).toContain('messages[0].content[0]');
});

test.each([
  [{ role: 'tool', content: 'a' }, 'messages[1].role: must be user or assistant'],
  [{ content: 'a' }, 'messages[1].role: must be user or assistant'],
  ['a', 'messages[1]: '],
  [{ role: 'user' }, 'messages[1].content: must be a string or a list of blocks'],
  [{ role: 'user', content: null }, 'messages[1].content: must be'],
  [{ role: 'user', content: 'a', name: 'b' }, 'messages[1].name: is not a known field'],
  [{ role: 'system', content: [image(url)] }, 'messages[1].content[0].type: must be one of text, and is "image"'],
])('the message %j is rejected with its path', (message, refusal) => {
  expect(refusalOf(() => read([{ role: 'user', content: 'a' }, message]))).toContain(refusal);
});
