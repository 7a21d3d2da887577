import { describe, expect, test } from 'vitest';
import type { ContentPart, Message } from '../../../../src/domain/request.ts';
import { encodeAnthropicTurns, encodeSystem } from '../../../../src/providers/anthropic/encode-anthropic-turns.ts';

const encodeTurns = (messages: readonly Message[]) => encodeAnthropicTurns(messages, 'Claude');
const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] });
const assistant = (...content: ContentPart[]): Message => ({ role: 'assistant', content });
const text = (value: string) => ({ type: 'text' as const, text: value });
const call = (id: string, argumentsJson = '{}') => ({ type: 'tool_call' as const, id, name: 'look', argumentsJson });
const result = (toolCallId: string, value: string, isError?: boolean): Message => ({
  role: 'tool',
  toolCallId,
  content: [text(value)],
  isError,
});

describe('the system prompt', () => {
  test('joins system messages from all positions with a blank line', () => {
    expect(encodeSystem([system('Be brief.'), user('Hi'), system('Be kind.')])).toBe('Be brief.\n\nBe kind.');
  });

  test('is absent if there is none or only white space', () => {
    expect(encodeSystem([user('Hi')])).toBeUndefined();
    expect(encodeSystem([system(' \n'), user('Hi')])).toBeUndefined();
  });
});

describe('the conversation', () => {
  test('leaves the system messages out', () => {
    expect(encodeTurns([system('Be brief.'), user('Hi')])).toEqual([{ role: 'user', content: [text('Hi')] }]);
  });

  test('merges messages of one role that follow each other', () => {
    expect(
      encodeTurns([user('a'), system('s'), user('b'), assistant(text('c')), assistant(text('d')), user('e')]),
    ).toEqual([
      { role: 'user', content: [text('a'), text('b')] },
      { role: 'assistant', content: [text('c'), text('d')] },
      { role: 'user', content: [text('e')] },
    ]);
  });

  test('drops blank text, then messages without content, then merges the new neighbours', () => {
    expect(encodeTurns([user('a'), assistant(text(' \n')), user(''), user('b')])).toEqual([
      { role: 'user', content: [text('a'), text('b')] },
    ]);
  });

  test('keeps white space around words', () => {
    expect(encodeTurns([user('  a \n')])).toEqual([{ role: 'user', content: [text('  a \n')] }]);
  });

  test('puts tool results first in the user message that they become', () => {
    const turns = encodeTurns([
      user('Look twice.'),
      assistant(text('I look.'), call('one', '{"at":1}'), call('two', '')),
      user('And hurry.'),
      result('one', 'sun'),
      result('two', 'fog', true),
    ]);
    expect(turns.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          text('I look.'),
          { type: 'tool_use', id: 'one', name: 'look', input: { at: 1 } },
          { type: 'tool_use', id: 'two', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'one', content: [text('sun')] },
          { type: 'tool_result', tool_use_id: 'two', content: [text('fog')], is_error: true },
          text('And hurry.'),
        ],
      },
    ]);
  });

  test('keeps an empty tool result', () => {
    expect(encodeTurns([user('a'), assistant(call('one')), result('one', '')])[2]).toEqual({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'one' }],
    });
  });

  test('trims the end of a last assistant message, and of no other', () => {
    expect(encodeTurns([user('a'), assistant(text('b ')), user('c'), assistant(text('  The answer is: \n'))])).toEqual([
      { role: 'user', content: [text('a')] },
      { role: 'assistant', content: [text('b ')] },
      { role: 'user', content: [text('c')] },
      { role: 'assistant', content: [text('  The answer is:')] },
    ]);
  });

  test('sends signed reasoning and omits unsigned reasoning', () => {
    const thought = { type: 'reasoning' as const, text: 'Hm.' };
    expect(
      encodeTurns([user('a'), assistant({ ...thought, signature: 'sig' }, thought, text('b')), user('c')])[1],
    ).toEqual({
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig' }, text('b')],
    });
  });

  test('sends images by value and by URL', () => {
    const turns = encodeTurns([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.jpg' } },
        ],
      },
    ]);
    expect(turns[0]?.content).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.jpg' } },
    ]);
  });
});

describe('an unsupported conversation is rejected with its path', () => {
  const tiff = { type: 'image' as const, source: { type: 'base64' as const, mediaType: 'image/tiff', data: 'AAAA' } };

  test.each<[string, Message[], RegExp]>([
    ['only blank text', [system('s'), user(' '), assistant(text(''))], /^messages: must hold text/],
    [
      'an assistant message at the beginning',
      [system('s'), assistant(text('Hello')), user('Hi')],
      /^messages: must begin with a user/,
    ],
    ['an unknown image type', [user('a'), { role: 'user', content: [tiff] }], /^messages\[1\]: holds an image/],
  ])('%s', (_, messages, message) => {
    expect(() => encodeTurns(messages)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(message) }),
    );
  });
});

test.each(['{"at":', '[1]', 'null'])('sends the arguments %s as the text that the model wrote', (json) => {
  expect(encodeTurns([user('a'), assistant(call('one', json))])[1]).toMatchObject({
    content: [{ type: 'tool_use', id: 'one', input: { INVALID_JSON: json } }],
  });
});
