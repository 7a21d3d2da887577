import { describe, expect, test } from 'vitest';
import { parseOpenAiMessages } from '../../../../src/protocols/openai/parse-openai-messages.ts';
import { refusalOf } from './parse-error.ts';

const refused = (...messages: unknown[]) => refusalOf(() => parseOpenAiMessages(messages));
const text = (words: string) => ({ type: 'text', text: words });
const toolCall = (id: string, name = 'f', args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const part = (content: object) => ({ role: 'user', content: [content] });
const image = (url: string, more: object = {}) => part({ type: 'image_url', image_url: { url, ...more } });

describe('text', () => {
  test.each(['system', 'developer', 'user', 'assistant'])('of %s may be a string or parts', (role) => {
    const native = role === 'developer' ? 'system' : role;
    const parts = [text('a'), { ...text('b'), prompt_cache_breakpoint: { mode: 'explicit' } }];
    expect(parseOpenAiMessages([{ role, content: 'a' }])).toEqual([{ role: native, content: [text('a')] }]);
    expect(parseOpenAiMessages([{ role, content: parts }])).toEqual([
      { role: native, content: [text('a'), text('b')] },
    ]);
    expect(parseOpenAiMessages([{ role, content: '' }])).toEqual([{ role: native, content: [] }]);
  });
});

describe('images', () => {
  test.each(['https://e.example/a.png?x=1', 'HTTP://e.example/a'])('by URL: %s', (url) => {
    expect(parseOpenAiMessages([image(url, { detail: 'auto' })])).toEqual([
      { role: 'user', content: [{ type: 'image', source: { type: 'url', url } }] },
    ]);
  });

  test.each([
    ['data:image/png;base64,iVBORw0KGgo=', 'image/png', 'iVBORw0KGgo='],
    ['DATA:IMAGE/PNG;BASE64,AbC=', 'image/png', 'AbC='],
    ['data:image/jpg;base64,AAAA', 'image/jpeg', 'AAAA'],
    ['data:image/svg+xml;charset=utf-8;base64,AAAA', 'image/svg+xml', 'AAAA'],
  ])('by value: %s', (url, mediaType, data) => {
    expect(parseOpenAiMessages([image(url)])).toEqual([
      { role: 'user', content: [{ type: 'image', source: { type: 'base64', mediaType, data } }] },
    ]);
  });

  test('of 9 MiB are taken', () => {
    const data = 'A'.repeat(9 * 1024 * 1024);
    const [message] = parseOpenAiMessages([image(`data:image/png;base64,${data}`)]);
    expect(message?.content[0]).toEqual({ type: 'image', source: { type: 'base64', mediaType: 'image/png', data } });
  });

  test.each([
    'ftp://e.example/a.png',
    'file:///etc/passwd',
    'https://',
    'iVBORw0KGgo=',
    '',
    'data:image/png,abc',
    'data:image/png;base64',
    'data:image/png;base64,',
    'data:image/png;base64,a b',
    'data:image/png;base64,a-_b',
    'data:text/html;base64,AAAA',
    'data:;base64,AAAA',
  ])('that are invalid are rejected: %j', (url) => {
    expect(refused(image(url))).toMatch(/^messages\[0\]\.content\[0\]\.image_url\.url: must /);
  });

  test('at a chosen resolution are refused', () => {
    expect(refused(image('https://e.example/a', { detail: 'low' }))).toMatch(
      /^messages\[0\]\.content\[0\]\.image_url\.detail: must be auto/,
    );
  });
});

describe('the place of what cannot be said is named:', () => {
  const at = 'messages[1].content[0]';
  test.each<[string, object]>([
    [
      `${at}.type: "input_audio" cannot be sent`,
      part({ type: 'input_audio', input_audio: { data: 'A', format: 'wav' } }),
    ],
    [`${at}.file.file_data: is needed`, part({ type: 'file', file: { file_id: 'f' } })],
    [
      `${at}.file.file_id: cannot be sent`,
      part({ type: 'file', file: { file_data: 'data:application/pdf;base64,AA==', file_id: 'f' } }),
    ],
    [`${at}.file.file_data: must be a PDF`, part({ type: 'file', file: { file_data: 'data:text/csv;base64,AA==' } })],
    [`${at}.file.file_data: must hold the PDF`, part({ type: 'file', file: { file_data: 'https://e.example/a.pdf' } })],
    [`${at}.type: "refusal" cannot be sent`, part({ type: 'refusal', refusal: 'no' })],
    [`${at}.type: number cannot be sent`, part({ type: 5 })],
    [`${at}.type: is missing`, part({ text: 'a' })],
    [`${at}.type: is missing`, { role: 'user', content: [null] }],
    [`${at}.type: "image_url" cannot be sent`, { ...image('https://e.example/a'), role: 'system' }],
    [`${at}.type: "image_url" cannot be sent`, { ...image('https://e.example/a'), role: 'assistant' }],
    [`${at}.text: `, part({ type: 'text', text: 5 })],
    [`${at}.image_url.url: must`, part({ type: 'image_url', image_url: 'a.png' })],
    [`${at}.image_url: `, part({ type: 'image_url', image_url: 5 })],
    [`${at}.txt: is not a known field: did you mean "text"`, part({ type: 'text', text: 'a', txt: 'b' })],
    [`${at}.image_url.uri: is not a known field: did you mean "url"`, image('https://e.example/a', { uri: 'b' })],
    ['messages[1].content: must be a string or a list', { role: 'user', content: null }],
    ['messages[1].content: must be a string or a list', { role: 'system' }],
    ['messages[1].content: must be a string or a list', { role: 'user', content: { type: 'text', text: 'a' } }],
    ['messages[1].role: "robot" is no role', { role: 'robot', content: 'a' }],
    ['messages[1].role: undefined is no role', { content: 'a' }],
    ['messages[1]: ', 'hello' as unknown as object],
    ['messages[1].name: has no counterpart', { role: 'user', content: 'a', name: 'Ann' }],
    ['messages[1].name: has no counterpart', { role: 'system', content: 'a', name: 'Ann' }],
    ['messages[1].name: has no counterpart', { role: 'assistant', content: 'a', name: 'Ann' }],
    ['messages[1].audio: has no counterpart', { role: 'assistant', content: 'a', audio: { id: 'x' } }],
    [
      'messages[1].contents: is not a known field: did you mean "content"',
      { role: 'user', content: 'a', contents: 'b' },
    ],
  ])('%s', (message, wrong) => {
    expect(refused({ role: 'user', content: 'a' }, wrong)).toContain(message);
  });
});

describe('an assistant message', () => {
  test('is parsed in the form that the official client keeps', () => {
    const reply = {
      role: 'assistant',
      content: null,
      refusal: null,
      annotations: [],
      audio: null,
      function_call: null,
      parsed: null,
      reasoning_content: 'hm',
      tool_calls: [
        { ...toolCall('c1', 'f', '{"a":'), index: 0 },
        { id: 'c2', type: 'function', function: { name: 'g', arguments: '', parsed_arguments: null } },
      ],
    };
    expect(parseOpenAiMessages([reply])).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'tool_call', id: 'c1', name: 'f', argumentsJson: '{"a":' },
          { type: 'tool_call', id: 'c2', name: 'g', argumentsJson: '' },
        ],
      },
    ]);
  });

  test('can have null content, as beside audio', () => {
    expect(parseOpenAiMessages([{ role: 'assistant', content: null }])).toEqual([{ role: 'assistant', content: [] }]);
  });

  test('in a call of a custom tool becomes its one argument', () => {
    const calls = [{ type: 'custom', id: 'c', custom: { name: 'f', input: 'a "b"' } }];
    const result = { role: 'tool', tool_call_id: 'c', content: null };
    expect(parseOpenAiMessages([{ role: 'assistant', tool_calls: calls }, result])).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'tool_call', id: 'c', name: 'f', argumentsJson: '{"input":"a \\"b\\""}' }],
      },
      { role: 'tool', toolCallId: 'c', content: [] },
    ]);
  });

  test.each([[undefined], [null]])('in a call whose arguments are %s is a call without any', (args) => {
    const calls = [{ id: 'c', function: { name: 'f', arguments: args } }];
    expect(parseOpenAiMessages([{ role: 'assistant', tool_calls: calls }])).toMatchObject([
      { content: [{ argumentsJson: '{}' }] },
    ]);
  });

  test('in text stands before its calls, and a refusal is text', () => {
    const content = [text('a'), { type: 'refusal', refusal: 'b' }];
    expect(parseOpenAiMessages([{ role: 'assistant', content, refusal: 'c', tool_calls: [toolCall('x')] }])).toEqual([
      {
        role: 'assistant',
        content: [text('a'), text('b'), text('c'), { type: 'tool_call', id: 'x', name: 'f', argumentsJson: '{}' }],
      },
    ]);
    expect(parseOpenAiMessages([{ role: 'assistant', content: null, refusal: 'no' }])).toEqual([
      { role: 'assistant', content: [text('no')] },
    ]);
  });

  test.each<[string, object]>([
    ['messages[0].content: must be a string', { content: 5, tool_calls: [toolCall('a')] }],
    ['messages[0].tool_calls: must be a list', { tool_calls: {} }],
    [
      'messages[0].tool_calls[1].custom.name: ',
      { tool_calls: [toolCall('a'), { type: 'custom', id: 'b', custom: {} }] },
    ],
    ['messages[0].tool_calls[0].type: must be function', { tool_calls: [{ ...toolCall('a'), type: 'other' }] }],
    ['messages[0].tool_calls[0].id: ', { tool_calls: [{ type: 'function', function: { name: 'f', arguments: '' } }] }],
    [
      'messages[0].tool_calls[0].function.arguments: ',
      { tool_calls: [{ ...toolCall('a'), function: { name: 'f', arguments: [] } }] },
    ],
    [
      'messages[0].function_call: cannot stand beside',
      { tool_calls: [toolCall('a')], function_call: { name: 'f', arguments: '' } },
    ],
  ])('is refused where it is none: %s', (message, reply) => {
    expect(refused({ role: 'assistant', ...reply })).toContain(message);
  });
});

describe('results of tools', () => {
  const turn = { role: 'assistant', tool_calls: [toolCall('c1'), toolCall('c2')] };

  test('may hold images and PDFs, or nothing', () => {
    const pdf = { type: 'file', file: { file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' } };
    const content = [{ type: 'image_url', image_url: 'https://e.example/a' }, pdf];
    const results = [
      { role: 'tool', tool_call_id: 'c1', content },
      { role: 'tool', tool_call_id: 'c2', content: null },
    ];
    expect(parseOpenAiMessages([turn, ...results]).slice(1)).toEqual([
      {
        role: 'tool',
        toolCallId: 'c1',
        content: [
          { type: 'image', source: { type: 'url', url: 'https://e.example/a' } },
          { type: 'document', mediaType: 'application/pdf', data: 'AA==', fileName: 'a.pdf' },
        ],
      },
      { role: 'tool', toolCallId: 'c2', content: [] },
    ]);
  });

  test('answer calls without a type, whose arguments are an object', () => {
    const call = { id: 'c1', function: { name: 'f', arguments: { a: 1 } } };
    expect(parseOpenAiMessages([{ role: 'assistant', tool_calls: [call] }])).toEqual([
      { role: 'assistant', content: [{ type: 'tool_call', id: 'c1', name: 'f', argumentsJson: '{"a":1}' }] },
    ]);
  });

  test('answer the call with their id', () => {
    const results = [
      { role: 'tool', tool_call_id: 'c2', content: [text('2'), text('3')], name: 'f' },
      { role: 'tool', tool_call_id: 'c1', content: '1' },
    ];
    expect(parseOpenAiMessages([turn, ...results]).slice(1)).toEqual([
      { role: 'tool', toolCallId: 'c2', content: [text('2'), text('3')] },
      { role: 'tool', toolCallId: 'c1', content: [text('1')] },
    ]);
  });

  test.each<[string, object]>([
    ['messages[1].tool_call_id: "c3" is the id of no', { tool_call_id: 'c3', content: 'a' }],
    ['messages[1].tool_call_id: ', { content: 'a' }],
    ['messages[1].content[0].type: "refusal"', { tool_call_id: 'c1', content: [{ type: 'refusal', refusal: 'a' }] }],
    ['messages[1].content: must be', { tool_call_id: 'c1', content: 5 }],
  ])('are refused where they answer none: %s', (message, result) => {
    expect(refused(turn, { ...result, role: 'tool' })).toContain(message);
  });
});

describe('functions from before calls had ids', () => {
  const turn = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } };
  const answer = { role: 'function', name: 'f', content: 'r' };

  test('are calls and results, each pair by an id of its own', () => {
    const [first, result, second, empty] = parseOpenAiMessages([turn, answer, turn, { ...answer, content: null }]);
    expect(first).toEqual({
      role: 'assistant',
      content: [{ type: 'tool_call', id: 'call_function_0', name: 'f', argumentsJson: '{"a":1}' }],
    });
    expect(result).toEqual({ role: 'tool', toolCallId: 'call_function_0', content: [text('r')] });
    expect(second?.content[0]).toMatchObject({ id: 'call_function_2' });
    expect(empty).toEqual({ role: 'tool', toolCallId: 'call_function_2', content: [] });
  });

  test.each<[string, object[]]>([
    ['without a call', [answer]],
    ['of another name', [turn, { ...answer, name: 'g' }]],
    ['a second time', [turn, answer, answer]],
  ])('are refused %s', (_, messages) => {
    expect(refused(...messages)).toMatch(/^messages\[\d\]\.name: "[fg]" answers no function_call/);
  });
});
