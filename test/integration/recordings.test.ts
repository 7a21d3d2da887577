import { beforeAll, describe, expect, test } from 'vitest';
import { recordingNames } from '../support/recordings.ts';
import { createTenant, joinChunks, post, readEvents } from './gateway.ts';

/** What a plain reading of the recordings gives, and what the tokens cost at list price. */
const streams = [
  [
    'openai',
    'openai/chat-text',
    'gpt-4.1-nano',
    { finishReason: 'stop', tokensIn: 16, tokensOut: 300, cost: 0.0001216 },
  ],
  [
    'claude',
    'anthropic/text',
    'claude-sonnet-4-5',
    { finishReason: 'stop', tokensIn: 12, tokensOut: 30, cost: 0.000486 },
  ],
  [
    'claude',
    'anthropic/clear-thinking.1',
    'claude-sonnet-4-5',
    { finishReason: 'stop', tokensIn: 69, tokensOut: 53, cost: 0.001002 },
  ],
  [
    'claude',
    'anthropic/message-delta-input-tokens',
    'claude-opus-4-5',
    { finishReason: 'stop', tokensIn: 61, tokensOut: 2, cost: 0.000355 },
  ],
  [
    'claude',
    'anthropic/duplicate-message-start',
    'claude-3-haiku-20240307',
    { finishReason: 'stop', tokensIn: 17, tokensOut: 227, cost: 0.000288 },
  ],
  [
    'claude',
    'anthropic/json-tool.1',
    'claude-haiku-4-5',
    { finishReason: 'tool_calls', tokensIn: 849, tokensOut: 47, cost: 0.001084 },
  ],
  [
    'acme',
    'openai-compatible/tool-call',
    'acme-large',
    { finishReason: 'tool_calls', tokensIn: 307, tokensOut: 253, cost: null },
  ],
  ['ollama', 'ollama/chat-text', 'llama3.2', { finishReason: 'stop', cost: 0 }],
] as const;
const texts: Readonly<Record<string, string>> = {
  'anthropic/text':
    "Hello! I'm doing well, thank you for asking. How are you doing today? Is there anything I can help you with?",
  'anthropic/clear-thinking.1': '925 ÷ 5 = 185',
  'anthropic/message-delta-input-tokens': 'pong',
  'anthropic/duplicate-message-start': 'Hello, World!',
  'anthropic/json-tool.1': '',
  'openai-compatible/tool-call': '',
};

const isThere = recordingNames.length > 0;
if (!isThere) console.warn('SKIPPED: no recordings of provider traffic lie beside this checkout.');

let headers: { 'x-api-key': string };
beforeAll(async () => {
  headers = { 'x-api-key': (await createTenant()).key };
});

describe.runIf(isThere)('recorded traffic', () => {
  test.each(streams)(
    '%s: %s streams with exact text, finish reason, tokens and cost',
    async (provider, name, model, result) => {
      const prompt = `[[scenario:recording name=${name}]]`;
      const events = await readEvents(await post('/stream', { prompt, provider, model }, headers));
      console.log(events.at(-1), joinChunks(events).slice(0, 200));
      expect(events.at(-1)).toMatchObject({ type: 'done', ...result });
      const text = texts[name];
      if (text !== undefined) expect(joinChunks(events)).toBe(text);
    },
  );
});
