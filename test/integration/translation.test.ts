import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post } from './gateway.ts';

let key: string;
beforeAll(async () => {
  key = (await createTenant()).key;
});

const hello = [{ role: 'user', content: 'Hi' }];
const claudeCode = {
  model: 'gpt-4o-mini',
  max_tokens: 32_000,
  messages: hello,
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  tools: [{ name: 'f', input_schema: { type: 'object' }, defer_loading: true }],
};
const headers = (more: Record<string, string> = {}) => ({ 'x-api-key': key, ...more });

describe('a translated request', () => {
  it.each([false, true])('reports what was dropped and adjusted in its headers, streamed: %s', async (stream) => {
    const response = await post('/v1/messages', { ...claudeCode, stream }, headers());
    expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
    expect(response.headers.get('x-gateway-dropped')).toBe('context_management,tools[0].defer_loading');
    expect(response.headers.get('x-gateway-adjusted')).toBe('max_tokens');
  });

  it('takes fields that no API has', async () => {
    const body = { model: 'claude-haiku-4-5', messages: hello, seed: 1, 'next year, maybe': true };
    const response = await post('/v1/chat/completions', body, headers());
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gateway-dropped')).toBe('seed,[%22next%20year%2C%20maybe%22]');
  });

  it('rejects what it would drop where x-gateway-strict is true', async () => {
    const response = await post('/v1/messages', claudeCode, headers({ 'x-gateway-strict': 'true' }));
    const { error } = JSON.parse(await response.text());
    expect(response.status).toBe(400);
    expect(error.message).toBe(
      'context_management: is not supported by OpenAI: leave it out, or send the request without x-gateway-strict. ' +
        'tools[0].defer_loading: is not supported by OpenAI: leave it out, or send the request without x-gateway-strict.',
    );
  });

  it.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['modalities', { modalities: ['text', 'audio'] }],
    [
      'messages[0].content[0].file.file_id',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f', file_data: 'AA==' } }] }] },
    ],
    ['tool_choice.type', { tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } }],
  ])('is a 400 that names %s, which the reply would lack', async (param, fields) => {
    const body = { model: 'claude-haiku-4-5', messages: hello, ...fields };
    const response = await post('/v1/chat/completions', body, headers());
    expect([response.status, JSON.parse(await response.text()).error.param]).toEqual([400, param]);
  });

  it('passes a body of the same protocol on as it came, without a report', async () => {
    const response = await post('/v1/chat/completions', { model: 'gpt-4o-mini', messages: hello, seed: 1 }, headers());
    expect(response.status).toBe(200);
    expect(response.headers.has('x-gateway-dropped')).toBe(false);
  });
});
