import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
// The Worker loads this with the first call that needs it; under test that takes long.
import '../../src/graphql/server.ts';
import { createApiKeyText } from '../../src/auth/key-format.ts';
import { type Scope, scopes } from '../../src/domain/scope.ts';
import { parseEnv } from '../../src/env.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { createKey, createTenant, send } from './gateway.ts';

/** Which keys each route is for. A route that is not here fails the first test, a route without its guard the others. */
const routes: Readonly<Record<string, 'public' | readonly Scope[]>> = {
  'GET /': 'public',
  'GET /health': 'public',
  'GET /ready': 'public',
  'GET /favicon.ico': 'public',
  'GET /docs': 'public',
  'GET /docs/settings.json': 'public',
  'GET /docs/*': 'public',
  'GET /openapi.json': 'public',
  'GET /console': 'public',
  'GET /console/settings.json': 'public',
  'GET /console/:version{[0-9a-f]{16}}/*': 'public',
  'GET /console/*': 'public',
  'GET /playground': 'public',
  'GET /playground/settings.json': 'public',
  'GET /playground/*': 'public',
  'POST /api/chat/completions': ['chat'],
  'POST /stream': ['chat'],
  'POST /v1/chat/completions': ['chat'],
  'POST /v1/completions': ['chat'],
  'POST /v1/moderations': ['chat'],
  'POST /v1/images/generations': ['chat'],
  'POST /v1/images/edits': ['chat'],
  'POST /v1/images/variations': ['chat'],
  'POST /v1/audio/speech': ['chat'],
  'POST /v1/audio/transcriptions': ['chat'],
  'POST /v1/audio/translations': ['chat'],
  'POST /v1/embeddings': ['chat'],
  'POST /v1/responses': ['chat'],
  'GET /v1/responses': ['chat'],
  'POST /v1/responses/compact': ['chat'],
  'POST /v1/responses/input_tokens': ['chat'],
  'GET /v1/responses/:id': ['chat', 'read', 'admin'],
  'DELETE /v1/responses/:id': ['chat'],
  'GET /v1/responses/:id/input_items': ['chat', 'read', 'admin'],
  'POST /v1/responses/:id/cancel': ['chat'],
  'POST /openai/deployments/:model/chat/completions': ['chat'],
  'POST /openai/deployments/:model/embeddings': ['chat'],
  'POST /v1/messages': ['chat'],
  'POST /v1/messages/count_tokens': ['chat'],
  'POST /v1beta/models/:call{.+:generateContent}': ['chat'],
  'POST /v1beta/models/:call{.+:streamGenerateContent}': ['chat'],
  'POST /v1beta/models/:call{.+:countTokens}': ['chat'],
  'POST /v1beta/models/:call{.+:embedContent}': ['chat'],
  'POST /v1beta/models/:call{.+:batchEmbedContents}': ['chat'],
  'GET /v1beta/models': ['chat', 'read', 'admin'],
  'GET /v1beta/models/*': ['chat', 'read', 'admin'],
  'GET /v1/models': ['chat', 'read', 'admin'],
  'GET /v1/models/*': ['chat', 'read', 'admin'],
  'POST /api/jobs': ['jobs'],
  'GET /api/jobs': ['read', 'jobs', 'admin'],
  'GET /api/jobs/:id': ['read', 'jobs', 'admin'],
  'POST /api/jobs/:id/cancel': ['jobs'],
  'GET /api/jobs/:id/events': ['read', 'jobs', 'admin'],
  'GET /api/requests': ['read', 'admin'],
  'GET /api/requests/:id': ['read', 'admin'],
  // What is asked for below; graphql-scopes.test.ts asks for every field.
  'GET /graphql': ['read', 'jobs', 'admin'],
  'POST /graphql': ['read', 'jobs', 'admin'],
};
const guarded = Object.keys(routes).filter((route) => routes[route] !== 'public');

const bodies: Readonly<Record<string, object>> = {
  'POST /api/jobs': { input: 'Hi', provider: 'stub' },
  'POST /v1/chat/completions': { model: 'stub', messages: [{ role: 'user', content: 'Hi' }] },
  'POST /v1/completions': { model: 'stub', prompt: 'Hi' },
  'POST /v1/moderations': { input: 'Hi' },
  'POST /v1/images/generations': { model: 'gpt-image-1', prompt: 'Hi' },
  'POST /v1/audio/speech': { model: 'tts-1', input: 'Hi', voice: 'alloy' },
  'POST /v1/embeddings': { model: 'openai/text-embedding-3-small', input: 'Hi' },
  'POST /openai/deployments/:model/chat/completions': { messages: [{ role: 'user', content: 'Hi' }] },
  'POST /openai/deployments/:model/embeddings': { input: 'Hi' },
  'POST /v1/messages': { model: 'stub', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
  'POST /v1/messages/count_tokens': { model: 'stub', messages: [{ role: 'user', content: 'Hi' }] },
  'POST /v1beta/models/:call{.+:generateContent}': { contents: [{ parts: [{ text: 'Hi' }] }] },
  'POST /v1beta/models/:call{.+:streamGenerateContent}': { contents: [{ parts: [{ text: 'Hi' }] }] },
  'POST /v1beta/models/:call{.+:countTokens}': { contents: [{ parts: [{ text: 'Hi' }] }] },
  'POST /v1beta/models/:call{.+:embedContent}': { content: { parts: [{ text: 'Hi' }] } },
  'POST /v1beta/models/:call{.+:batchEmbedContents}': { requests: [{ content: { parts: [{ text: 'Hi' }] } }] },
  'POST /v1/responses': { model: 'gpt-4o-mini', input: 'Hi' },
  'POST /v1/responses/compact': { model: 'stub', input: 'Hi' },
  'POST /v1/responses/input_tokens': { model: 'stub', input: 'Hi' },
  'POST /graphql': { query: '{ jobs { totalCount } }' },
};

/** The model in the form of the routes that take one. */
const formModels: Readonly<Record<string, string>> = {
  'POST /v1/images/edits': 'gpt-image-1',
  'POST /v1/images/variations': 'dall-e-2',
  'POST /v1/audio/transcriptions': 'whisper-1',
  'POST /v1/audio/translations': 'whisper-1',
};

function createBody(route: string): { readonly contentType: string; readonly body: string | null } {
  const model = formModels[route];
  if (model === undefined) {
    const body = JSON.stringify(bodies[route] ?? { prompt: 'Hi', provider: 'stub' });
    return { contentType: 'application/json', body: route.startsWith('POST ') ? body : null };
  }
  const part = (parameters: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; ${parameters}\r\n\r\n${value}\r\n`;
  const body = `${part('name="model"', model)}${part('name="file"; filename="a"', 'x')}--b--`;
  return { contentType: 'multipart/form-data; boundary=b', body };
}

/** Replaces the parameters of a route's path. */
function fillPath(path: string): string {
  const model = /embed/i.test(path) ? 'openai/text-embedding-3-small' : 'stub/stub';
  return path
    .replace(/:call\{\.\+(:\w+)\}/, `${model}$1`)
    .replace(':id', 'job_none')
    .replace(':model', 'stub');
}

/** The status and the code that a route answers with. */
async function outcome(route: string, headers: Record<string, string>): Promise<[number, unknown]> {
  const [method = '', path = ''] = route.split(' ');
  const query = route === 'GET /graphql' ? `?query=${encodeURIComponent('{ jobs { totalCount } }')}` : '';
  const { contentType, body } = createBody(route);
  const upgrade = route === 'GET /v1/responses' ? { upgrade: 'websocket' } : undefined;
  const response = await send(fillPath(path) + query, {
    method,
    body,
    headers: { 'content-type': contentType, ...upgrade, ...headers },
  });
  const text = await response.text();
  const [, code] = /"code":"(\w+)"/.exec(text) ?? [];
  const [, status = ''] = /"status":"([A-Z_]+)"/.exec(text) ?? [];
  if (path.startsWith('/v1beta/')) return [response.status, codesByStatus[status]];
  if (!/^\/(?:v1|openai)\//.test(path)) return [response.status, code];
  // There it is OpenAI's protocol, or Anthropic's, which have the same types.
  const [, type = ''] = /"type":"(\w+_error)"/.exec(text) ?? [];
  return [response.status, codesByType[type]];
}

const codesByType: Readonly<Record<string, string>> = {
  authentication_error: 'unauthorized',
  permission_error: 'forbidden',
  not_found_error: 'not_found',
  invalid_request_error: 'invalid_request',
};

/** Gemini's. */
const codesByStatus: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'unauthorized',
  PERMISSION_DENIED: 'forbidden',
  NOT_FOUND: 'not_found',
  INVALID_ARGUMENT: 'invalid_request',
};

const headersOf: readonly (readonly [string, (key: string) => Record<string, string>])[] = [
  ['X-API-Key', (key) => ({ 'x-api-key': key })],
  ['Authorization', (key) => ({ authorization: `Bearer ${key}` })],
];

test('every route of the gateway is in the table', () => {
  const app = createApp({ ...createServices(parseEnv(env)), corsOrigins: undefined, local: true });
  const appRoutes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(appRoutes)].sort()).toEqual(Object.keys(routes).sort());
});

describe.each(guarded)('%s', (route) => {
  let tenantId: string;
  const bad: Record<string, string> = {};
  const byScope = new Map<string, string>();

  beforeAll(async () => {
    ({ tenantId } = await createTenant());
    for (const scope of scopes) byScope.set(scope, (await createKey(tenantId, { scopes: [scope] })).key);
    bad.revoked = (await createKey(tenantId, { revokedAt: new Date() })).key;
    bad.expired = (await createKey(tenantId, { expiresAt: new Date(Date.now() - 1_000) })).key;
    bad.unknown = createApiKeyText();
    bad.mistyped = `${createApiKeyText().slice(0, -1)}_`;
    bad.garbage = 'garbage';
    bad.endless = 'k'.repeat(5_000);
  });

  test('rejects a missing or invalid key, in either header', async () => {
    expect(await outcome(route, {})).toEqual([401, 'unauthorized']);
    for (const [, headers] of headersOf) {
      expect(await outcome(route, headers(''))).toEqual([401, 'unauthorized']);
      for (const [kind, key] of Object.entries(bad)) {
        expect([kind, await outcome(route, headers(key))]).toEqual([kind, [401, 'unauthorized']]);
      }
    }
    const two = { 'x-api-key': byScope.get('chat') ?? '', authorization: 'Bearer another' };
    expect(await outcome(route, two)).toEqual([400, 'invalid_request']);
  });

  test('rejects a suspended tenant, in either header', async () => {
    const { key } = await createTenant({ active: false, scopes: [...scopes] });
    for (const [, headers] of headersOf) expect(await outcome(route, headers(key))).toEqual([403, 'forbidden']);
  });

  test.each(scopes)('accepts a key with the scope %s only if the table allows it, in either header', async (scope) => {
    const allowed = routes[route]?.includes(scope) ?? false;
    for (const [, headers] of headersOf) {
      const [status, code] = await outcome(route, headers(byScope.get(scope) ?? ''));
      // GraphQL answers 200 with the error of a field in it.
      if (allowed)
        expect([status < 400 || status === 404, code]).toEqual([true, status < 400 ? undefined : 'not_found']);
      else expect([route.endsWith('/graphql') || status === 403, code]).toEqual([true, 'forbidden']);
    }
  });
});

test('a refusal names the scope', async () => {
  const { key } = await createTenant({ scopes: ['read'] });
  const response = await send('/api/jobs', { method: 'POST', headers: { 'x-api-key': key }, body: '{}' });
  expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(/scope.*jobs/) } });
});

test('a request that becomes a job also needs the scope jobs', async () => {
  const { key } = await createTenant({ scopes: ['chat'] });
  const headers = { 'x-api-key': key, prefer: 'respond-async' };
  expect(await outcome('POST /api/chat/completions', headers)).toEqual([403, 'forbidden']);
});
