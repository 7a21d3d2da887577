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
import { BodyRecorder } from '../../../src/request-log/body-recorder.ts';
import type { ResponseStore } from '../../../src/responses-store/response-store.ts';
import { createApp } from '../../../src/server/app.ts';
import { PriceBook } from '../../../src/usage/price-book.ts';
import { prices } from '../../../src/usage/prices.ts';
import { principalWith } from '../../support/principal.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';
import { createRouteBook } from '../../support/route-book.ts';
import bedrockCountTokensSource from './bedrock/bedrock-count-tokens-route.ts?raw';
import { bedrockProtocol } from './bedrock/bedrock-protocol.ts';
import bedrockProtocolSource from './bedrock/bedrock-protocol.ts?raw';
import { bedrockRoutes } from './bedrock/bedrock-routes.ts';
import bedrockRoutesSource from './bedrock/bedrock-routes.ts?raw';

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
  ['/v1beta/models', {}, 'gemini'],
  ['/v1beta/models/stub:generateContent', {}, 'gemini'],
  ['/upload/v1beta/files', {}, 'gemini'],
])('finds the protocol of %s with %o: %s', (path, headers, name) => {
  const values = new Headers(headers);
  const request = { path, header: (header: string) => values.get(header) ?? undefined };
  expect(findClientProtocol(clientProtocols, request).name).toBe(name);
});

it('throws where no protocol matches', () => {
  expect(() => findClientProtocol([bedrockProtocol], { path: '/', header: () => undefined })).toThrow(
    'No client protocol matches the request.',
  );
});

describe('a planted protocol', () => {
  const planted: RoutedProtocol = {
    ...bedrockProtocol,
    // Bedrock has neither of these.
    requestIdHeader: 'x-planted-request-id',
    rateLimitHeaders: ({ rule, remaining, resetMs }, nowMs) => [
      [`x-planted-${rule.kind}`, `${remaining} of ${rule.limit} until ${nowMs + resetMs}`],
    ],
    corsHeaders: { allow: ['x-amzn-bedrock-trace'], expose: ['x-planted-request-id', 'x-planted-requests'] },
    routes: () => [
      ...bedrockRoutes(),
      {
        method: 'POST',
        path: '/model/limited',
        scopes: ['chat'],
        handler: (context) => {
          context.set('report', { limits: [requestLimit] });
          throw new GatewayError('rate_limited', 'Slow down.');
        },
      },
    ],
  };

  it('brings its routes, behind the guards', async () => {
    const body = JSON.stringify({ input: { converse: { messages: [{ content: [{ text: 'How many tokens?' }] }] } } });
    const path = '/model/stub/count-tokens';
    const response = await request(path, { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([200, { inputTokens: expect.any(Number) }]);
    expect((await request(path, { method: 'POST', body, headers: {} })).status).toBe(401);
  });

  it('writes errors of guards, routes and unknown paths in its own format', async () => {
    const missingKey = await request('/foundation-models', { headers: {} });
    expect([missingKey.status, await missingKey.json()]).toEqual([
      401,
      { __type: 'AccessDeniedException', message: expect.stringMatching(/^No API key/) },
    ]);
    const thrown = await request('/model/limited', { method: 'POST' });
    expect([thrown.status, await thrown.json()]).toEqual([
      429,
      { __type: 'ThrottlingException', message: 'Slow down.' },
    ]);
    const unknown = await request('/model/none');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { __type: 'ResourceNotFoundException', message: expect.any(String) },
    ]);
  });

  it('sets its request-id header', async () => {
    const { headers } = await request('/foundation-models', {
      headers: { 'x-api-key': 'key', 'x-request-id': 'mine' },
    });
    expect(headers.get('x-planted-request-id')).toBe('mine');
    expect((await request('/v1/models')).headers.has('x-planted-request-id')).toBe(false);
  });

  it('adds its rate-limit headers to the standard ones', async () => {
    const { headers } = await request('/model/limited', { method: 'POST' });
    expect(headers.get('ratelimit')).toBe('"requests";r=58;t=90');
    expect(headers.get('ratelimit-policy')).toBe('"requests";q=60;w=60');
    expect(headers.get('x-planted-requests')).toBe(`58.5 of 60 until ${now() + 90_000}`);
  });

  it('lets browsers send and read its headers', async () => {
    const preflight = await request('/foundation-models', {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'GET' },
    });
    expect(preflight.headers.get('access-control-allow-headers')?.split(',')).toContain('x-amzn-bedrock-trace');
    const { headers } = await request('/foundation-models', {
      headers: { origin: 'http://localhost:3000', 'x-api-key': 'key' },
    });
    expect(headers.get('access-control-expose-headers')?.split(',')).toEqual(
      expect.arrayContaining(['x-planted-request-id', 'x-planted-requests']),
    );
  });

  it('lists models at its own path, in its own format', async () => {
    const list = await request('/foundation-models');
    expect(await list.json()).toEqual({ modelSummaries: [{ modelId: 'stub', providerName: 'stub' }] });
    const one = await request('/foundation-models/stub%2Fstub');
    expect(await one.json()).toEqual({ modelId: 'stub', providerName: 'stub' });
    const none = await request('/foundation-models/none');
    expect([none.status, await none.json()]).toEqual([
      404,
      {
        __type: 'ResourceNotFoundException',
        message: 'model: "none" is not known here: see GET /foundation-models.',
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
    expect([response.status, await response.json()]).toMatchObject([404, { __type: 'ResourceNotFoundException' }]);
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
        ...['x-goog-api-client', 'x-goog-user-project', 'x-server-timeout'],
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
  ['bedrock-protocol.ts', bedrockProtocolSource],
  ['bedrock-count-tokens-route.ts', bedrockCountTokensSource],
  ['bedrock-routes.ts', bedrockRoutesSource],
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
  const entry = { ...stub, provider, setting: '', serves: (model: string) => model === 'stub' };
  const registry = new ProviderRegistry([entry], { provider: undefined, fallback: undefined, model: undefined });
  const priceBook = new PriceBook({ list: prices, load: async () => [], logger, now });
  return {
    gateway: new Gateway({ registry, prices: priceBook, routes: createRouteBook(), now } as GatewayDependencies),
    jobs: {} as JobDependencies,
    responses: {} as ResponseStore,
    maxSubrequests: 10_000,
    keys: { verify: async () => principalWith({}) } as Partial<KeyVerifier> as KeyVerifier,
    usage: { recordRefusal: () => undefined },
    bodies: new BodyRecorder({ retentionDays: 0, insert: async () => undefined, logger }),
    answerGraphQl: async () => new Response(),
    pings: { postgres: async () => undefined, redis: async () => undefined },
    logger,
    corsOrigins: undefined,
    local: true,
    playground: undefined,
    console: undefined,
    files: undefined,
  };
}
