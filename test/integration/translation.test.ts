import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { createApiKeyText } from '../../src/auth/key-format.ts';
import { newId } from '../../src/domain/ids.ts';
import { createTenant, database, post } from './gateway.ts';
import { queryData } from './graphql.ts';

let key: string;
let tenantId: string;
let strictKey: string;
beforeAll(async () => {
  ({ key, tenantId } = await createTenant());
  const admin = await createTenant({ scopes: ['admin'] });
  const create = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';
  const input = { tenantId, name: 'strict', strict: true };
  const created = await queryData<{ createApiKey: { key: string } }>(admin.key, create, { input });
  strictKey = created.createApiKey.key;
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

describe('a request with a strict key', () => {
  const strict = (more: Record<string, string> = {}) => ({ 'x-api-key': strictKey, ...more });

  it.each([
    ['/v1/messages', claudeCode, 'context_management', 'tools[0].defer_loading'],
    ['/v1/messages/count_tokens', { ...claudeCode, max_tokens: undefined, top_k: 4 }, 'context_management', 'top_k'],
    [
      '/v1/chat/completions',
      { model: 'claude-haiku-4-5', messages: hello, seed: 1, logit_bias: {} },
      'seed',
      'logit_bias',
    ],
  ])('is a 400 at %s that names the fields which would be dropped', async (path, body, ...names) => {
    const response = await post(path, body, strict());
    const { message } = JSON.parse(await response.text()).error;
    expect(response.status).toBe(400);
    for (const name of names) expect(message).toContain(`${name}: is not supported by `);
    expect(message).toContain('leave it out, or use an API key that is not strict');
  });

  it.each(['false', 'FALSE', '0', ''])('is not loosened by x-gateway-strict: "%s"', async (value) => {
    const response = await post('/v1/messages', claudeCode, strict({ 'x-gateway-strict': value }));
    expect(response.status).toBe(400);
  });

  it('is answered where fields are adjusted only, and where nothing is translated', async () => {
    const adjusted = { ...claudeCode, context_management: undefined, tools: undefined };
    const translated = await post('/v1/messages', adjusted, strict());
    expect([translated.status, translated.headers.get('x-gateway-adjusted')]).toEqual([200, 'max_tokens']);
    const passed = await post('/v1/chat/completions', { model: 'gpt-4o-mini', messages: hello, seed: 1 }, strict());
    expect(passed.status).toBe(200);
  });
});

it('treats a key that was inserted without the column as one that is not strict', async () => {
  const text = createApiKeyText();
  await database.execute(sql`INSERT INTO api_keys (id, tenant_id, name, key_hash)
    VALUES (${newId('key')}, ${tenantId}, 'old', ${await hashKey(text)})`);
  const response = await post('/v1/messages', claudeCode, { 'x-api-key': text });
  expect([response.status, response.headers.get('x-gateway-dropped')]).toEqual([
    200,
    expect.stringContaining('context'),
  ]);
});
