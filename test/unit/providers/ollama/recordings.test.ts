import { describe, expect, test } from 'vitest';
import { decodeOllamaChatReply } from '../../../../src/providers/ollama/decode-ollama-chat-reply.ts';
import { OllamaStreamDecoder } from '../../../../src/providers/ollama/decode-ollama-stream.ts';
import { recordedStream, recording, recordingNames } from '../../../support/recordings.ts';
import { decodeEveryCut, decodeWhole } from '../decode-stream.ts';

const names = recordingNames.filter((name) => name.startsWith('ollama/'));
if (names.length === 0) console.warn('Skipped: the recordings of Ollama are not there.');

/** Written down by hand from the recordings. */
const whole: Record<string, unknown> = {
  'ollama/chat-text.json': {
    content: [{ type: 'text', text: 'Hello! How are you today?' }],
    finishReason: 'stop',
    usage: { input: 26, output: 298 },
    reportedModel: 'llama3.2',
  },
  'ollama/chat-structured.json': {
    content: [{ type: 'text', text: '{"age": 22, "available": false}' }],
    finishReason: 'stop',
    usage: { input: 34, output: 12 },
    reportedModel: 'llama3.1',
  },
  'ollama/chat-tool-call.json': {
    content: [{ type: 'tool_call', id: 'call_0', name: 'get_weather', argumentsJson: '{"city":"Tokyo"}' }],
    finishReason: 'tool_calls',
    usage: { input: 169, output: 18 },
    reportedModel: 'llama3.2',
  },
};

const streamed: Record<string, unknown> = {
  'ollama/chat-text.ndjson': [
    { type: 'start', reportedModel: 'llama3.2' },
    { type: 'text', text: 'The' },
    { type: 'usage', usage: { input: 26, output: 282 } },
    { type: 'finish', finishReason: 'stop' },
  ],
  'ollama/chat-tool-call.ndjson': [
    { type: 'start', reportedModel: 'llama3.2' },
    { type: 'tool_call', index: 0, id: 'call_0', name: 'get_weather' },
    { type: 'tool_arguments', index: 0, json: '{"city":"Tokyo"}' },
    { type: 'usage', usage: { input: 169, output: 15 } },
    { type: 'finish', finishReason: 'tool_calls' },
  ],
};

describe.skipIf(names.length === 0)('recorded traffic', () => {
  test('is all looked at', () => {
    expect([...Object.keys(whole), ...Object.keys(streamed)].sort()).toEqual([...names].sort());
  });

  test.each(Object.keys(whole))('%s', (name) => {
    expect(decodeOllamaChatReply(recording(name), 'Ollama')).toEqual(whole[name]);
  });

  test.each(Object.keys(streamed))('%s, wherever it is cut', (name) => {
    const stream = recordedStream(name);
    expect(decodeWhole(() => new OllamaStreamDecoder('Ollama'), stream)).toEqual({ events: streamed[name] });
    for (const decoded of decodeEveryCut(() => new OllamaStreamDecoder('Ollama'), stream)) {
      expect(decoded).toEqual({ events: streamed[name] });
    }
  });
});
