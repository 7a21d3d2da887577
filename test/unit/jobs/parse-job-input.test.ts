import { describe, expect, it } from 'vitest';
import { parseJobInput } from '../../../src/jobs/parse-job-input.ts';

const parse = (value: unknown) => parseJobInput(value, { local: false });
const messages = [{ role: 'user', content: 'Hi' }];
const chat = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];

describe('parseJobInput', () => {
  it.each([
    [{ input: 'Hi' }, 'TEXT'],
    [{ messages }, 'CHAT'],
    [{ type: 'TEXT', input: 'Hi', messages: null }, 'TEXT'],
    [{ type: 'CHAT', messages, input: null }, 'CHAT'],
  ])('takes the type of %j from its field', (input, type) => {
    expect(parse(input)).toMatchObject({ type, request: { messages: chat } });
  });

  it('treats null like an absent field', () => {
    const nothing = { type: null, provider: null, model: null, metadata: null, webhookUrl: null, maxTokens: null };
    expect(parse({ input: 'Hi', ...nothing })).toEqual(parse({ input: 'Hi' }));
  });

  it('returns what the client sent', () => {
    const fields = { provider: 'openai', model: 'gpt-4o', metadata: { a: [1] }, webhookUrl: 'https://example.com/in' };
    expect(parse({ input: 'Hi', ...fields, maxTokens: 5 })).toMatchObject({ ...fields, request: { maxTokens: 5 } });
  });

  it.each([
    [{}, 'input: is missing: a job has either an input, or a list of messages.'],
    [
      { input: 'Hi', messages },
      'input: cannot stand beside messages: a job has either an input, or a list of messages.',
    ],
    [{ type: 'TEXT', messages }, 'input: is missing: a TEXT job has one.'],
    [{ type: 'CHAT', input: 'Hi' }, 'messages: is missing: a CHAT job has a list of them.'],
    [{ input: 'Hi', metadata: { a: 'é'.repeat(8_192) } }, 'metadata: must be at most 16 KiB of JSON.'],
    [{ input: 'Hi', webhookUrl: 'http://example.com' }, 'webhookUrl: must be an absolute https:// URL.'],
  ])('refuses input %#', (input, message) => {
    expect(() => parse(input)).toThrow(expect.objectContaining({ code: 'invalid_request', message }));
  });
});
