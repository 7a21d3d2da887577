import { describe, expect, it } from 'vitest';
import addAProtocol from '../../../docs/contributing/add-a-protocol.md?raw';
import type { KeyVerifier } from '../../../src/auth/key-verifier.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { GatewayDependencies } from '../../../src/gateway/gateway-dependencies.ts';
import type { JobDependencies } from '../../../src/jobs/job-dependencies.ts';
import { clientProtocols } from '../../../src/protocols/client-protocols.ts';
import { findClientProtocol } from '../../../src/protocols/protocol.ts';
import type { RoutedProtocol } from '../../../src/protocols/protocol-route.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { ProviderRegistry } from '../../../src/providers/registry.ts';
import type { ResponseStore } from '../../../src/responses-store/response-store.ts';
import { createApp } from '../../../src/server/app.ts';
import { PriceBook } from '../../../src/usage/price-book.ts';
import { prices } from '../../../src/usage/prices.ts';
import { principalWith } from '../../support/principal.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';
import geminiCountTokensSource from './gemini/gemini-count-tokens-route.ts?raw';
import { geminiProtocol } from './gemini/gemini-protocol.ts';
import geminiProtocolSource from './gemini/gemini-protocol.ts?raw';
import { geminiRoutes } from './gemini/gemini-routes.ts';
import geminiRoutesSource from './gemini/gemini-routes.ts?raw';

const now = () => Date.parse('2026-11-23T12:00:00Z');
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const requestLimit = {
  rule: { kind: 'requests', scope: 'key', scopeId: 'key_1', limit: 60 },
  remaining: 58.5,
  resetMs: 90_000,
} as const;

it.each([
  ['/', {}, 'native'],
  ['/stream', {}, 'native'],
  ['/api/jobs', { 'anthropic-version': '2023-06-01' }, 'native'],
  ['/v1', {}, 'native'],
  ['/v1/chat/completions', {}, 'openai'],
  ['/v1/models', {}, 'openai'],
  ['/v1/models', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
  ['/v1/none', { 'anthropic-version': '' }, 'anthropic'],
  ['/v1/messages', {}, 'anthropic'],
  ['/v1/messages/count_tokens', {}, 'anthropic'],
])('finds the protocol of %s with %o: %s', (path, headers, name) => {
  const values = new Headers(headers);
  const request = { path, header: (header: string) => values.get(header) ?? undefined };
  expect(findClientProtocol(clientProtocols, request).name).toBe(name);
});

it('throws where no protocol matches', () => {
  expect(() => findClientProtocol([geminiProtocol], { path: '/', header: () => undefined })).toThrow(
    'No client protocol matches the request.',
  );
});

describe('a planted fourth protocol', () => {
  const planted: RoutedProtocol = {
    ...geminiProtocol,
    // Gemini has neither of these.
    requestIdHeader: 'x-planted-request-id',
    rateLimitHeaders: ({ rule, remaining, resetMs }, nowMs) => [
      [`x-planted-${rule.kind}`, `${remaining} of ${rule.limit} until ${nowMs + resetMs}`],
    ],
    corsHeaders: { allow: ['x-goog-api-client'], expose: ['x-planted-request-id', 'x-planted-requests'] },
    routes: () => [
      ...geminiRoutes(),
      {
        method: 'POST',
        path: '/v1beta/limited',
        scopes: ['chat'],
        handler: (context) => {
          context.set('report', { limits: [requestLimit] });
          throw new GatewayError('rate_limited', 'Slow down.');
        },
      },
    ],
  };

  it('brings its routes, behind the guards', async () => {
    const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'How many tokens is this?' }] }] });
    const path = '/v1beta/models/stub/stub:countTokens';
    const response = await request(path, { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([200, { totalTokens: expect.any(Number) }]);
    expect((await request(path, { method: 'POST', body, headers: {} })).status).toBe(401);
  });

  it('writes errors of guards, routes and unknown paths in its own format', async () => {
    const missingKey = await request('/v1beta/models', { headers: {} });
    expect([missingKey.status, await missingKey.json()]).toEqual([
      401,
      { error: { code: 401, message: expect.stringMatching(/^No API key/), status: 'UNAUTHENTICATED' } },
    ]);
    const thrown = await request('/v1beta/limited', { method: 'POST' });
    expect([thrown.status, await thrown.json()]).toEqual([
      429,
      { error: { code: 429, message: 'Slow down.', status: 'RESOURCE_EXHAUSTED' } },
    ]);
    const unknown = await request('/v1beta/none');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: { code: 404, message: expect.any(String), status: 'NOT_FOUND' } },
    ]);
  });

  it('sets its request-id header', async () => {
    const { headers } = await request('/v1beta/models', { headers: { 'x-api-key': 'key', 'x-request-id': 'mine' } });
    expect(headers.get('x-planted-request-id')).toBe('mine');
    expect((await request('/v1/models')).headers.has('x-planted-request-id')).toBe(false);
  });

  it('adds its rate-limit headers to the standard ones', async () => {
    const { headers } = await request('/v1beta/limited', { method: 'POST' });
    expect(headers.get('ratelimit')).toBe('"requests";r=58;t=90');
    expect(headers.get('ratelimit-policy')).toBe('"requests";q=60;w=60');
    expect(headers.get('x-planted-requests')).toBe(`58.5 of 60 until ${now() + 90_000}`);
  });

  it('lets browsers send and read its headers', async () => {
    const preflight = await request('/v1beta/models', {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'GET' },
    });
    expect(preflight.headers.get('access-control-allow-headers')?.split(',')).toContain('x-goog-api-client');
    const { headers } = await request('/v1beta/models', {
      headers: { origin: 'http://localhost:3000', 'x-api-key': 'key' },
    });
    expect(headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining(['x-planted-request-id', 'x-planted-requests']),
    );
  });

  it('lists models at its own path, in its own format', async () => {
    const list = await request('/v1beta/models');
    expect(await list.json()).toEqual({ models: [{ name: 'models/stub', displayName: 'stub' }] });
    const one = await request('/v1beta/models/stub%2Fstub');
    expect(await one.json()).toEqual({ name: 'models/stub', displayName: 'stub' });
    const none = await request('/v1beta/models/none');
    expect([none.status, await none.json()]).toEqual([
      404,
      {
        error: {
          code: 404,
          message: 'model: "none" is not known here: see GET /v1beta/models.',
          status: 'NOT_FOUND',
        },
      },
    ]);
  });

  it('leaves the other protocols as they are', async () => {
    const openAi = await request('/v1/models');
    expect(await openAi.json()).toEqual({
      object: 'list',
      data: [{ id: 'stub', object: 'model', created: 0, owned_by: 'stub' }],
    });
    const anthropic = await request('/v1/models/stub', {
      headers: { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' },
    });
    expect(await anthropic.json()).toMatchObject({
      type: 'model',
      id: 'stub',
      display_name: 'stub',
      created_at: '1970-01-01T00:00:00Z',
    });
    expect(anthropic.headers.get('request-id')).toBe(anthropic.headers.get('x-request-id'));
  });

  it('answers 404 at the model list of another protocol where it lists none itself', async () => {
    const { models, ...rest } = planted;
    const withoutModels = { ...rest, matches: () => true };
    const response = await request('/v1/models', {}, [withoutModels, ...clientProtocols]);
    expect([response.status, await response.json()]).toMatchObject([404, { error: { status: 'NOT_FOUND' } }]);
  });

  /** Sends a request to an app with the planted protocol; with a valid key unless it has headers of its own. */
  async function request(
    path: string,
    init: RequestInit = {},
    protocols: readonly RoutedProtocol[] = [planted, ...clientProtocols],
  ): Promise<Response> {
    const app = createApp({ ...createServices(), protocols });
    const execution = { waitUntil() {}, passThroughOnException() {}, props: {} };
    return await app.request(path, { headers: { 'x-api-key': 'key' }, ...init }, {}, execution);
  }
});

describe('CORS', () => {
  it('allows and exposes the headers of every protocol', async () => {
    const app = createApp(createServices());
    const { headers } = await app.request('/health', {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'GET' },
    });
    const stainless = ['arch', 'helper', 'helper-method', 'lang', 'os', 'package-version', 'retry-count', 'runtime'];
    const polling = ['poll-helper', 'custom-poll-interval'];
    expect(headers.get('access-control-allow-headers')?.split(',').sort()).toEqual(
      [
        ...['authorization', 'x-gateway-key', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-portkey-api-key'],
        ...['content-type', 'x-request-id', 'traceparent', 'user-agent'],
        ...['idempotency-key', 'last-event-id', 'prefer'],
        ...['anthropic-version', 'anthropic-beta', 'anthropic-dangerous-direct-browser-access'],
        ...['anthropic-user-profile-id', 'anthropic-workspace-id'],
        ...['openai-organization', 'openai-project', 'openai-beta'],
        ...[...stainless, ...polling, 'runtime-version', 'timeout'].map((name) => `x-stainless-${name}`),
      ].sort(),
    );
    expect(headers.get('access-control-expose-headers')?.split(',').sort()).toEqual(
      [
        ...['x-request-id', 'request-id', 'server-timing', 'retry-after', 'x-should-retry'],
        ...['ratelimit', 'ratelimit-policy', 'location', 'preference-applied', 'idempotent-replayed'],
        ...['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
        ...['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
        ...['anthropic-ratelimit-requests-limit', 'anthropic-ratelimit-requests-remaining'],
        ...['anthropic-ratelimit-requests-reset', 'anthropic-ratelimit-tokens-limit'],
        ...['anthropic-ratelimit-tokens-remaining', 'anthropic-ratelimit-tokens-reset'],
      ].sort(),
    );
  });

  it('allows any header of the prefixes that it allows, and no other', async () => {
    const requested = 'x-gateway-anything, X-Stainless-New, x-other, x-gateway-a b';
    const { headers } = await createApp(createServices()).request('/v1/messages', {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': requested,
      },
    });
    const allowed = headers.get('access-control-allow-headers')?.split(/,\s*/);
    expect(allowed).toEqual(expect.arrayContaining(['x-gateway-anything', 'x-stainless-new']));
    expect(allowed).not.toEqual(expect.arrayContaining(['x-other']));
    expect(allowed?.join()).not.toContain('x-gateway-a b');
    expect(headers.get('access-control-allow-methods')).toContain('DELETE');
  });
});

it.each([
  ['gemini-protocol.ts', geminiProtocolSource],
  ['gemini-count-tokens-route.ts', geminiCountTokensSource],
  ['gemini-routes.ts', geminiRoutesSource],
])('docs/contributing/add-a-protocol.md shows %s as it is tested here', (_, source) => {
  const inSourceFolder = source
    .replaceAll('../../../../src/protocols/', '../')
    .replaceAll('../../../../src/', '../../');
  expect(addAProtocol).toContain(`\`\`\`ts\n${inSourceFolder}\`\`\``);
});

/** The parts of the services that these requests use. Any key is valid, and Stub is the only provider. */
function createServices(): Parameters<typeof createApp>[0] {
  const stub = getDescriptor('stub');
  const provider = createProvider(providerOptions(stub));
  const entry = { ...stub, provider, serves: (model: string) => model === 'stub' };
  const registry = new ProviderRegistry([entry], { provider: undefined, fallback: undefined, model: undefined });
  const priceBook = new PriceBook({ list: prices, load: async () => [], logger, now });
  return {
    gateway: new Gateway({ registry, prices: priceBook, now } as GatewayDependencies),
    jobs: {} as JobDependencies,
    responses: {} as ResponseStore,
    keys: { verify: async () => principalWith({}) } as Partial<KeyVerifier> as KeyVerifier,
    answerGraphQl: async () => new Response(),
    pings: { postgres: async () => undefined, redis: async () => undefined },
    logger,
    corsOrigins: undefined,
    local: true,
    playground: undefined,
    files: undefined,
  };
}
