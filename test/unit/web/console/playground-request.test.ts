import { describe, expect, test } from 'vitest';
import { findImageType, maxImageBytes, readImage } from '../../../../src/web/console/playground/attach-image.ts';
import { buildChatBody } from '../../../../src/web/console/playground/build-chat-body.ts';
import {
  createAssistantMessage,
  createImage,
  createUserMessage,
  dropLastReply,
  dropLastTurn,
  type Message,
} from '../../../../src/web/console/playground/conversation.ts';
import { cutText, splitIntoBlocks } from '../../../../src/web/console/playground/cut-text.ts';
import {
  nameMaxTokens,
  type ParameterTexts,
  parseParameters,
  toParameterTexts,
} from '../../../../src/web/console/playground/generation-settings.ts';
import { toJobInput } from '../../../../src/web/console/playground/job-input.ts';
import { parseResponseFormat, parseTools } from '../../../../src/web/console/playground/json-fields.ts';
import { emptyReply } from '../../../../src/web/console/playground/streamed-reply.ts';

const noTexts: ParameterTexts = {
  temperature: '',
  top_p: '',
  max_tokens: '',
  reasoning_effort: '',
  stop: '',
  seed: '',
};
const noOptions = { system: '', parameters: {}, tools: undefined, responseFormat: undefined, isStreamed: false };

describe('parameters', () => {
  test('sends nothing for empty fields', () => {
    expect(parseParameters(noTexts)).toEqual({ parameters: {}, problems: {} });
  });

  test('parses what is set, and formats it again', () => {
    const texts = {
      temperature: '0',
      top_p: '.5',
      max_tokens: ' 10 ',
      reasoning_effort: 'low',
      seed: '-1',
      stop: 'a b\n\\n\n\\\\n',
    };
    const { parameters, problems } = parseParameters(texts);
    expect(problems).toEqual({});
    expect(parameters).toEqual({
      temperature: 0,
      top_p: 0.5,
      max_tokens: 10,
      reasoning_effort: 'low',
      seed: -1,
      stop: ['a b', '\n', '\\n'],
    });
    expect(parseParameters({ ...noTexts, ...toParameterTexts(parameters) }).parameters).toEqual(parameters);
  });

  test.each(['x', '1,5', '0x10', 'NaN', 'Infinity'])('rejects %s as a number', (text) => {
    const { parameters, problems } = parseParameters({
      ...noTexts,
      temperature: text,
      top_p: text,
      max_tokens: text,
      seed: text,
    });
    expect(parameters).toEqual({});
    expect(Object.keys(problems)).toEqual(['temperature', 'top_p', 'max_tokens', 'seed']);
  });

  test.each(['0', '-1', '1.5'])('rejects %s as a maximum of tokens', (text) => {
    expect(Object.keys(parseParameters({ ...noTexts, max_tokens: text }).problems)).toEqual(['max_tokens']);
  });

  test('names the maximum as OpenAI does for its models', () => {
    expect(nameMaxTokens({ max_tokens: 5 }, 'openai')).toEqual({ max_completion_tokens: 5 });
    expect(nameMaxTokens({ max_tokens: 5 }, 'route')).toEqual({ max_tokens: 5 });
  });
});

describe('fields with JSON', () => {
  const tool = { type: 'function', function: { name: 'f' } };

  test("takes tools in OpenAI's form", () => {
    expect(parseTools(JSON.stringify([tool])).value).toEqual([tool]);
    expect(parseTools(' ').value).toBeUndefined();
    expect(parseTools('[]').value).toBeUndefined();
  });

  test.each(['{', '{}', 'null', '[null]', '[{"type":"function"}]', '[{"name":"f"}]'])('rejects %s as tools', (text) => {
    expect(parseTools(text).problem).toMatch(/./);
  });

  test('wraps a JSON Schema, and takes a whole response format', () => {
    const schema = { type: 'object', title: 'My reply' };
    expect(parseResponseFormat(JSON.stringify(schema)).value).toEqual({
      type: 'json_schema',
      json_schema: { name: 'My_reply', schema },
    });
    expect(parseResponseFormat('{"type":"json_object"}').value).toEqual({ type: 'json_object' });
    expect(parseResponseFormat('[]').problem).toMatch(/JSON Schema/);
  });
});

describe('the body of a request', () => {
  const call = { id: 'a', name: 'f', argumentsText: '{}' };
  const withCall: Message = createAssistantMessage({ ...emptyReply, status: 'completed', toolCalls: [call] });
  const result: Message = { role: 'tool', id: 0, toolCallId: 'a', toolName: 'f', text: '1' };
  const user = createUserMessage({ text: 'Hi', images: [] });

  test('has the system prompt, images as parts, and what is streamed', () => {
    const image = createUserMessage({ text: 'See', images: [createImage('x', 'data:image/png;base64,AA==')] });
    expect(buildChatBody('m', [image], { ...noOptions, system: 'Be brief', isStreamed: true })).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
          ],
        },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('has calls with their results, and leaves out calls without and empty replies', () => {
    expect(buildChatBody('m', [user, withCall, result], noOptions).messages.map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'tool'],
    ]);
    expect(buildChatBody('m', [user, withCall, user], noOptions).messages.map(({ role }) => role)).toEqual([
      ...['user', 'user'],
    ]);
  });

  test('loses its last reply or its last turn', () => {
    expect(dropLastReply([user, withCall, result, createAssistantMessage()])).toEqual([user, withCall, result]);
    expect(dropLastTurn([user, withCall, user, withCall, result])).toEqual([user, withCall]);
    expect(dropLastTurn([withCall])).toEqual([]);
  });

  test('becomes a job, or says what a job cannot have', () => {
    const body = buildChatBody('m', [user], { ...noOptions, parameters: { top_p: 1, max_tokens: 5 } });
    expect(toJobInput(body)).toEqual({
      type: 'CHAT',
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      topP: 1,
      maxTokens: 5,
    });
    const image = createUserMessage({ text: '', images: [createImage('x', 'data:,')] });
    const options = { ...noOptions, parameters: { seed: 1 } };
    expect(toJobInput(buildChatBody('m', [user, withCall, result, image], options))).toBe(
      'A job cannot have tools, images, a seed.',
    );
    expect(toJobInput(buildChatBody('m', [], noOptions))).toBe('Write a message.');
  });
});

describe('an image', () => {
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

  test('is read by its first bytes, and not by its name', async () => {
    const result = await readImage(new File([png], 'photo.jpg', { type: 'image/jpeg' }));
    expect(result).toMatchObject({
      image: { name: 'photo.jpg', url: `data:image/png;base64,${btoa(String.fromCharCode(...png))}` },
    });
    expect(await readImage(new File(['<svg/>'], 'x.png', { type: 'image/png' }))).toEqual({
      problem: 'x.png is not a PNG, JPEG, GIF or WebP image.',
    });
  });

  test('has a maximum of bytes', async () => {
    const file = new File([png, new Uint8Array(maxImageBytes)], 'x.png');
    expect(await readImage(file)).toEqual({ problem: 'x.png has 5.0 MiB. An image may have 5.0 MiB.' });
  });

  test.each([
    ['image/webp', 'RIFF\0\n\r\0WEBPVP8 '],
    ['image/gif', 'GIF89a'],
    [undefined, 'RIFF\0\0\0\0WAVE'],
    [undefined, ''],
  ])('is %s by its beginning', (type, text) => {
    expect(findImageType(new TextEncoder().encode(text))).toBe(type);
  });
});

describe('a long text', () => {
  test('is cut between characters', () => {
    expect(cutText('a😀b', 2)).toBe('a');
    expect(cutText('a😀b', 3)).toBe('a😀');
    expect(cutText('abc', 3)).toBe('abc');
  });

  test.each([`${'x'.repeat(99)}\n`.repeat(500), 'word '.repeat(9_000), '😀'.repeat(30_001)])(
    'is split into blocks that make the whole of it',
    (text) => {
      const blocks = splitIntoBlocks(text);
      expect(blocks.map(({ block }) => block).join('')).toBe(text);
      expect(blocks.length).toBeGreaterThan(3);
      for (const { block } of blocks) {
        expect(block.isWellFormed()).toBe(true);
        expect(block.length).toBeLessThanOrEqual(10_000);
      }
    },
  );
});
