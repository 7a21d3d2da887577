import { describe, expect, test } from 'vitest';
import { decodeAnthropicMessage } from '../../../../src/providers/anthropic/decode-anthropic-message.ts';
import { AnthropicStreamDecoder } from '../../../../src/providers/anthropic/decode-anthropic-stream.ts';
import { recordedStream, recording, recordingNames } from '../../../support/recordings.ts';
import { collect, decodeEveryCut, decodeWhole } from '../decode-stream.ts';

const names = recordingNames.filter((name) => name.startsWith('anthropic/'));
if (names.length === 0) console.warn('Skipped: the recordings of Anthropic are not there.');

const noCache = { cacheRead: 0, cacheWrite: 0, cacheWriteOneHour: 0 };
const vendor = { name: 'Claude', apiKey: 'key' };
const createDecoder = () => new AnthropicStreamDecoder(vendor);

/** Written down by hand from the recordings. */
const whole: Record<string, unknown> = {
  'anthropic/text.json': {
    content: [
      {
        type: 'text',
        text: "Hello! I'm doing well, thanks for asking. How are you doing today? Is there anything I can help you with?",
      },
    ],
    finishReason: 'stop',
    usage: { input: 12, output: 29, ...noCache },
    reportedModel: 'claude-sonnet-4-5-20250929',
  },
  'anthropic/clear-thinking.1.json': {
    content: [
      {
        type: 'reasoning',
        text: '925 divided by 5 = 185',
        signature: expect.stringMatching(/^Er4BCkYI.*MtUIqxRgB$/),
      },
      { type: 'text', text: '925 ÷ 5 = 185' },
    ],
    finishReason: 'stop',
    usage: { input: 69, output: 33, ...noCache },
    reportedModel: 'claude-sonnet-4-5-20250929',
  },
  'anthropic/json-tool.1.json': {
    content: [
      {
        type: 'tool_call',
        id: 'toolu_01Q9ExVZnzZj7E2QQYHYtNUa',
        name: 'json',
        argumentsJson:
          '{"elements":[{"location":"San Francisco","temperature":-5,"condition":"snowy"},' +
          '{"location":"London","temperature":0,"condition":"snowy"},' +
          '{"location":"Paris","temperature":23,"condition":"cloudy"},' +
          '{"location":"Berlin","temperature":-9,"condition":"snowy"}]}',
      },
    ],
    finishReason: 'tool_calls',
    usage: { input: 1151, output: 87, ...noCache },
    reportedModel: 'claude-haiku-4-5-20251001',
  },
  'anthropic/tool-no-args.json': {
    content: [
      {
        type: 'text',
        text: expect.stringMatching(/^<thinking>\nThe update.*\n\nOkay, I will update the current issue list:$/s),
      },
      { type: 'tool_call', id: 'toolu_01LRmxn9vGM1d2DZSDBowdZ1', name: 'updateIssueList', argumentsJson: '{}' },
    ],
    finishReason: 'tool_calls',
    usage: { input: 602, output: 93, ...noCache },
    reportedModel: 'claude-3-opus-20240229',
  },
  'anthropic/refusal.json': {
    content: [],
    refusal:
      "This request triggered restrictions on violative cyber content and was blocked under Anthropic's Usage Policy.",
    finishReason: 'content_filter',
    usage: { input: 18, output: 5, ...noCache },
    reportedModel: 'claude-fable-5',
  },
};

const finish = (finishReason: string) => ({ type: 'finish', finishReason });

const streamed: Record<string, unknown> = {
  'anthropic/text.chunks.txt': {
    text: "Hello! I'm doing well, thank you for asking. How are you doing today? Is there anything I can help you with?",
    reasoning: '',
    toolCalls: [],
    usage: { input: 12, output: 30, ...noCache },
    last: finish('stop'),
  },
  'anthropic/clear-thinking.1.chunks.txt': {
    text: '925 ÷ 5 = 185',
    reasoning: 'The previous result was 925. Now I need to divide that by 5.\n\n925 ÷ 5 = 185',
    toolCalls: [],
    usage: { input: 69, output: 53, ...noCache },
    last: finish('stop'),
  },
  'anthropic/json-tool.1.chunks.txt': {
    text: '',
    reasoning: '',
    toolCalls: [
      {
        id: 'toolu_01KFbKqPYSuAKujiL6mTfzYA',
        name: 'json',
        argumentsJson: '{"elements": [{"location": "San Francisco", "temperature": 58, "condition": "sunny"}]}',
      },
    ],
    usage: { input: 849, output: 47, ...noCache },
    last: finish('tool_calls'),
  },
  'anthropic/tool-no-args.chunks.txt': {
    text: "I'll update the issue list for you.",
    reasoning: '',
    toolCalls: [{ id: 'toolu_01QE1WLsSVp5hy5Q3GmGTmjP', name: 'updateIssueList', argumentsJson: '{}' }],
    usage: { input: 565, output: 48, ...noCache },
    last: finish('tool_calls'),
  },
  'anthropic/refusal.chunks.txt': {
    text: '',
    reasoning: '',
    toolCalls: [],
    usage: { input: 18, output: 5, ...noCache },
    last: finish('content_filter'),
  },
  'anthropic/message-delta-input-tokens.chunks.txt': {
    text: 'pong',
    reasoning: '',
    toolCalls: [],
    usage: { input: 61, output: 2 },
    last: finish('stop'),
  },
  'anthropic/duplicate-message-start.chunks.txt': {
    text: 'Hello, World!',
    reasoning: '',
    toolCalls: [],
    usage: { input: 17, output: 227 },
    last: finish('stop'),
  },
  'anthropic/code-execution-20260120-prompt-cache.1.chunks.txt': {
    text: 'The sum of the squares of the numbers 1 through 12 is **650**.',
    reasoning: '',
    toolCalls: [],
    // 6 sent, 6,289 read from the cache, 3,337 written to it.
    usage: {
      ...{ input: 9632, output: 198, cacheRead: 6289, cacheWrite: 3337, cacheWriteOneHour: 0, reasoning: 0 },
      unpriced: true,
    },
    last: finish('stop'),
  },
};

describe.skipIf(names.length === 0)('recorded traffic', () => {
  test('is all looked at', () => {
    expect([...Object.keys(whole), ...Object.keys(streamed)].sort()).toEqual([...names].sort());
  });

  test.each(Object.keys(whole))('%s', (name) => {
    expect(decodeAnthropicMessage(recording(name), vendor)).toEqual(whole[name]);
  });

  test.each(Object.keys(streamed))('%s', (name) => {
    const { events, error } = decodeWhole(createDecoder, recordedStream(name));
    expect(error).toBeUndefined();
    expect(collect(events)).toEqual(streamed[name]);
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
  });

  test.each(Object.keys(streamed))('%s gives the same events wherever it is cut', (name) => {
    const stream = recordedStream(name);
    const { events } = decodeWhole(createDecoder, stream);
    for (const decoded of decodeEveryCut(createDecoder, stream)) expect(decoded).toEqual({ events });
  });

  test('a streamed refusal says why', () => {
    const { events } = decodeWhole(createDecoder, recordedStream('anthropic/refusal.chunks.txt'));
    expect(events.find(({ type }) => type === 'refusal')).toEqual({
      type: 'refusal',
      text: "This request triggered restrictions on violative cyber content and was blocked under Anthropic's Usage Policy.",
    });
  });
});
