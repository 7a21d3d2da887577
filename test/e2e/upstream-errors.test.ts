import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { openDatabase } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { type CaseEnvironment, startCaseEnvironment } from '../support/cases/replay-case.ts';
import { fetchReply } from '../support/fetch-reply.ts';
import type { TestTenant } from '../support/tenant-ledger.ts';

/** A route whose requests are passed through to a provider of the same protocol. */
interface Way {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly provider: string;
  /** The events of a stream up to an error, and that error as the vendor would send it in the stream. */
  readonly begin?: string;
  readonly errorEvent?: (error: object) => string;
}

const messages = [{ role: 'user', content: 'Hi' }];
const sse = (data: unknown, name?: string) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`;

const chatWay: Way = {
  path: '/v1/chat/completions',
  body: { model: 'gpt-4o-mini', messages },
  provider: 'OpenAI',
  begin: sse({ id: 'c', choices: [{ index: 0, delta: { content: 'begun' } }] }),
  errorEvent: (error) => sse({ error }),
};
const messagesWay: Way = {
  path: '/v1/messages',
  body: { model: 'claude-haiku-4-5', max_tokens: 9, messages },
  provider: 'Claude',
  begin:
    sse(
      { type: 'message_start', message: { model: 'claude-haiku-4-5', usage: { input_tokens: 3 } } },
      'message_start',
    ) +
    sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'begun' } }, 'content_block_delta'),
  errorEvent: (error) => sse({ type: 'error', error }, 'error'),
};
const responsesWay: Way = {
  path: '/v1/responses',
  body: { model: 'gpt-4o-mini', input: 'Hi' },
  provider: 'OpenAI',
  begin: sse({ type: 'response.output_text.delta', sequence_number: 0, delta: 'begun' }, 'response.output_text.delta'),
  errorEvent: (error) =>
    sse({ code: 'type' in error ? error.type : null, ...error, type: 'error', sequence_number: 1 }, 'error'),
};
const streamWays = [chatWay, messagesWay, responsesWay];
const ways: readonly Way[] = [
  ...streamWays,
  { ...chatWay, body: { model: 'vend-1', messages }, provider: 'vend' },
  { path: '/v1/embeddings', body: { model: 'text-embedding-3-small', input: 'Hi' }, provider: 'OpenAI' },
  { path: '/v1/messages/count_tokens', body: { model: 'claude-haiku-4-5', messages }, provider: 'Claude' },
];
const wayNames = ways.map((way) => [`${way.path} ${way.body.model}`, way] as const);
const streamNames = streamWays.map((way) => [way.path, way] as const);

let environment: CaseEnvironment;
let tenant: TestTenant;
let byokTenant: TestTenant;

const ownKey = 'sk-own-0123456789abcdef';

beforeAll(async () => {
  environment = await startCaseEnvironment(inject('workerFolder'));
  const { gateway } = environment;
  tenant = await gateway.createTenant();
  byokTenant = await gateway.createTenant();
  const { DATABASE_URL = '', DATABASE_HTTP_URL } = gateway.services;
  const database = openDatabase({ url: DATABASE_URL, httpUrl: DATABASE_HTTP_URL, timeoutMs: 10_000 });
  const admin = 'test-admin-upstream-errors';
  const row = { id: 'key_admin', tenantId: tenant.id, name: 'admin', scopes: ['admin' as const] };
  await database.insert(apiKeys).values({ ...row, keyHash: await hashKey(admin) });
  for (const provider of ['openai', 'claude']) {
    const response = await fetch(`${gateway.directUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': admin },
      body: JSON.stringify({
        query:
          'mutation ($id: ID!, $provider: String!, $key: String!) { setProviderKey(tenantId: $id, provider: $provider, key: $key) { ending } }',
        variables: { id: byokTenant.id, provider, key: ownKey },
      }),
    });
    expect(await response.text()).not.toContain('errors');
  }
});
afterAll(async () => await environment?.stop());

type Reply = Parameters<CaseEnvironment['provider']['setReply']>[0];

async function send(
  way: Pick<Way, 'path' | 'body'>,
  reply: Reply,
  { headers = {}, from = tenant, stream }: { headers?: object; from?: TestTenant; stream?: boolean } = {},
) {
  environment.provider.setReply(reply);
  const response = await fetch(environment.gateway.directUrl + way.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': from.key, ...headers },
    body: JSON.stringify({ ...way.body, ...(stream !== undefined && { stream }) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const jsonType = { 'content-type': 'application/json' };
/** Pretty-printed and with an escape, so that only an unchanged body is equal to it. */
const plainError =
  '{\n  "type": "error",\n  "error": { "message": "caf\\u00e9: seed must be <= 12345678901234567890", "type": "invalid_request_error", "param": "seed", "code": "integer_above_max_value" }\n}\n';

describe.each(wayNames)('an error for %s', (_, way) => {
  it.each([400, 404, 405, 408, 409, 413, 418, 422, 429, 451, 500, 502, 503, 504, 529])(
    'passes through unchanged with status %i',
    async (status) => {
      // A 404 or 405 for the path of a compatible vendor would get another message.
      const { status: got, headers, text } = await send(way, { status, headers: jsonType, body: plainError });
      expect([got, text]).toEqual([status, plainError]);
      expect(headers.get('content-type')).toBe('application/json');
      expect(headers.get('x-gateway-error-source')).toBe('provider');
    },
  );

  it('is redacted only where it names the account of the operator', async () => {
    const error = (org: string, key: string, id: string) =>
      JSON.stringify(
        { error: { message: `in organization ${org} on requests, key ${key}`, code: 'c', organization_id: id } },
        null,
        1,
      );
    const reply = { status: 429, headers: jsonType, body: error('org-Q9zTest', 'sk-proj-abcdefgh', 'x1') };
    const { status, text } = await send(way, reply);
    expect([status, text]).toEqual([429, error('[redacted]', '[redacted]', '[redacted]')]);
  });

  it.each([
    [401, 'Incorrect API key provided: sk-a***b.', 'invalid_api_key', /refused this call's credentials/],
    [402, 'Insufficient Balance', 'billing', /has no quota left/],
    [403, 'Project `proj_Q9zTest` does not have access to model `m`.', 'model_not_found', /credentials/],
    [403, 'Your API key lacks the scope model.request.', null, /credentials/],
    [403, 'Billing hard limit has been reached.', null, /has no quota left/],
    [429, 'You exceeded your current quota, please check your plan.', 'insufficient_quota', /has no quota left/],
    [400, 'Your credit balance is too low to access the Anthropic API.', null, /has no quota left/],
    [400, 'You have reached your specified API usage limits.', null, /has no quota left/],
  ])(
    'about the operator’s account is replaced by an error of the gateway: %i %s',
    async (status, message, code, pattern) => {
      const body = JSON.stringify({ error: { type: 'invalid_request_error', code, message } });
      const reply = await send(way, { status, headers: jsonType, body });
      expect(reply.status).toBe(502);
      const { error, request_id } = JSON.parse(reply.text);
      expect(error.message).toMatch(pattern);
      expect(error.message.startsWith(way.provider)).toBe(true);
      expect(error.message).not.toContain(message);
      expect(error.type).toBe(way.path.startsWith('/v1/messages') ? 'api_error' : 'server_error');
      expect(request_id !== undefined).toBe(way.path.startsWith('/v1/messages'));
      expect(reply.headers.get('x-gateway-error-source')).toBe('provider');
      expect(reply.headers.get('x-should-retry')).toBe('false');
    },
  );

  it('passes through with status 403 if it is about the request', async () => {
    const body = JSON.stringify({ error: { message: 'The input was flagged by moderation.', code: 'flagged' } });
    const reply = await send(way, { status: 403, headers: jsonType, body });
    expect([reply.status, reply.text]).toEqual([403, body]);
  });

  it.each([
    ['HTML', '<html><body>org-Q9zTest</body></html>'],
    ['empty', ''],
    ['text', 'upstream connect error'],
    ['half a JSON', '{"error":{"message":"in organization org-Q9z'],
    ['more than the bound', JSON.stringify({ error: { message: 'x'.repeat(70_000) } })],
  ])('whose body is %s is replaced by an error of the gateway', async (_name, body) => {
    const { status, headers, text } = await send(way, { status: 503, headers: jsonType, body });
    expect(status).toBe(502);
    expect(JSON.parse(text).error.message).toBe(`${way.provider} failed (status 503).`);
    expect(headers.get('x-gateway-error-source')).toBe('provider');
  });

  it('keeps its Retry-After header', async () => {
    const headers = { ...jsonType, 'retry-after': '7' };
    for (const status of [429, 503, 529]) {
      const reply = await send(way, { status, headers, body: plainError });
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([status, '7']);
      expect(reply.headers.get('x-should-retry')).toBeNull();
    }
  });

  it('has one failed row in the ledger', async () => {
    const own = await environment.gateway.createTenant();
    await send(way, { status: 529, headers: jsonType, body: plainError }, { from: own });
    await send(way, { status: 429, headers: jsonType, body: plainError }, { from: own });
    const rows = await own.rows(2);
    expect(rows.map(({ status, costNanoUsd }) => [status, Number(costNanoUsd)])).toEqual([
      ['failed', 0],
      ['failed', 0],
    ]);
    expect(rows.map(({ errorCode }) => errorCode).sort()).toEqual(['provider_error', 'rate_limited']);
  });
});

describe.each(streamNames)('an error inside a stream of %s', (_, way) => {
  const { begin = '', errorEvent = () => '' } = way;
  const eventStream = { 'content-type': 'text/event-stream' };
  const inStream = async (error: object, from?: TestTenant) => {
    const reply = { headers: eventStream, chunks: [begin, errorEvent(error)], delayMs: 30 };
    const { text } = await send(way, reply, { stream: true, ...(from && { from }) });
    expect(text.startsWith(begin)).toBe(true);
    return text.slice(begin.length);
  };

  it('passes through unchanged', async () => {
    const error = { type: 'overloaded_error', message: 'Overloaded', code: 'c', param: null };
    expect(await inStream(error)).toBe(errorEvent(error));
  });

  it('is redacted where it names the account of the operator', async () => {
    const error = (org: string) => ({ type: 'rate_limit_error', message: `in organization ${org} on requests` });
    expect(await inStream(error('org-Q9zTest'))).toBe(errorEvent(error('[redacted]')));
  });

  it('about the operator’s account is replaced by an error of the gateway', async () => {
    const text = await inStream({ type: 'insufficient_quota', message: 'You exceeded your current quota, org-Q9z' });
    expect(text).toContain(`${way.provider} has no quota left for this gateway.`);
    expect(text).not.toContain('exceeded');
    expect(text.match(/^data: /gm)).toHaveLength(1);
  });

  it('passes through unchanged with the tenant’s own key', async () => {
    const error = { type: 'rate_limit_error', message: 'in organization org-Q9zTest on requests' };
    expect(await inStream(error, byokTenant)).toBe(errorEvent(error));
  });

  it('becomes the whole reply if the provider sends it instead of a stream', async () => {
    const body = JSON.stringify({ error: { type: 'overloaded_error', message: 'in organization org-Q9zTest' } });
    const { status, text } = await send(way, { headers: jsonType, body }, { stream: true });
    expect(status).toBeGreaterThanOrEqual(500);
    expect(JSON.parse(text).error).toEqual({ type: 'overloaded_error', message: 'in organization [redacted]' });
  });
});

it('a failed response inside a stream keeps its event and loses the name of the account', async () => {
  const failed = (org: string) =>
    sse(
      {
        type: 'response.failed',
        sequence_number: 1,
        response: { status: 'failed', error: { code: 'x', message: org } },
      },
      'response.failed',
    );
  const reply = { headers: { 'content-type': 'text/event-stream' }, chunks: [failed('org-Q9zTest')] };
  expect((await send(responsesWay, reply, { stream: true })).text).toBe(failed('[redacted]'));
});

describe.each([
  ['/v1/chat/completions', chatWay],
  ['/v1/messages', messagesWay],
])('with the tenant’s own key, an error for %s', (_, way) => {
  it('passes through unchanged, including the name of the tenant’s account', async () => {
    const body =
      '{"error": {"message": "in organization org-Q9zTest, project proj_Q9z, sk-proj-ab***yz", "type": "t"}}';
    const { status, text } = await send(way, { status: 429, headers: jsonType, body }, { from: byokTenant });
    expect([status, text]).toEqual([429, body]);
  });

  it('never contains the key', async () => {
    const body = JSON.stringify({ error: { message: `bad field near ${ownKey}` } });
    const { text } = await send(way, { status: 400, headers: jsonType, body }, { from: byokTenant });
    expect(JSON.parse(text).error.message).toBe('bad field near [redacted]');
  });

  it.each([
    [401, 'Incorrect API key provided: sk-a***b.', /refused your tenant's own API key \(status 401\)/],
    [
      402,
      'Insufficient Balance',
      /has no quota left for your tenant's own API key \(status 402\).*Insufficient Balance/,
    ],
    [403, 'Project `proj_Q9z` does not have access to m.', /your tenant's own API key \(status 403\).*proj_Q9z/],
    [429, 'You exceeded your current quota.', /no quota left for your tenant's own API key.*exceeded/],
  ])('about the account names the tenant’s own key: %i %s', async (status, message, pattern) => {
    const body = JSON.stringify({ error: { message } });
    for (const path of [way, { path: '/api/chat/completions', body: { ...way.body, max_tokens: undefined } }]) {
      const reply = await send(path, { status, headers: jsonType, body }, { from: byokTenant });
      const { error } = JSON.parse(reply.text);
      expect([reply.status, error.message]).toEqual([502, expect.stringMatching(pattern)]);
      expect(error.message).not.toContain('sk-a');
    }
  });
});

describe('headers', () => {
  const chatReply = {
    json: { choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1 } },
  };
  const messageReply = {
    json: {
      type: 'message',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  };
  const ofClient = {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a-1,b-2',
    'openai-beta': 'assistants=v2',
    'openai-organization': 'org-client',
    'openai-project': 'proj_client',
    cookie: 'c=1',
    'x-forwarded-for': '10.1.1.1',
    'x-custom': 'custom',
    'user-agent': 'client/1',
    'anthropic-organization-id': 'o1',
    'x-stainless-lang': 'js',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const received = () => {
    const { headers = {} } = environment.provider.requests[0] ?? {};
    return Object.fromEntries(Object.keys(ofClient).map((name) => [name, headers[name]]));
  };
  const none = Object.fromEntries(Object.keys(ofClient).map((name) => [name, undefined]));

  it('of the client reach the provider only if they belong to its protocol', async () => {
    await send(chatWay, { headers: jsonType, ...chatReply }, { headers: ofClient });
    const agent = { 'user-agent': 'ai-aggregator' };
    expect(received()).toEqual({ ...none, ...agent, 'openai-beta': 'assistants=v2' });
    await send(messagesWay, { headers: jsonType, ...messageReply }, { headers: ofClient });
    const anthropic = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a-1,b-2' };
    expect(received()).toEqual({ ...none, ...agent, ...anthropic });
  });

  it('that name a vendor account reach the provider only with the tenant’s own key', async () => {
    await send(chatWay, { headers: jsonType, ...chatReply }, { headers: ofClient, from: byokTenant });
    expect(received()).toMatchObject({
      'openai-organization': 'org-client',
      'openai-project': 'proj_client',
      'openai-beta': 'assistants=v2',
      cookie: undefined,
      'x-custom': undefined,
    });
  });

  const ofVendor = {
    ...jsonType,
    'anthropic-model-family': 'haiku',
    'anthropic-organization-id': 'o1',
    'anthropic-ratelimit-requests-limit': '5',
    'anthropic-priority-input-tokens-remaining': '5',
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'openai-organization': 'acme',
    'openai-project': 'proj_x',
    'x-ratelimit-limit-requests': '5',
    'retry-after': '3',
    'set-cookie': '__cf_bm=1',
    'cf-ray': 'r',
    server: 'vendor',
    via: '1.1 vendor',
    'x-should-retry': 'true',
  };
  const visible = { 'anthropic-model-family': 'haiku', 'openai-processing-ms': '12', 'openai-version': '2020-10-01' };

  it.each<[string, Way, Reply, object]>([
    ['x-request-id', chatWay, chatReply, {}],
    ['request-id', messagesWay, messageReply, {}],
    ['request-id', messagesWay, { status: 529, body: plainError }, {}],
    ['x-request-id', chatWay, { status: 400, body: plainError }, {}],
    ['x-request-id', chatWay, { chunks: [chatWay.begin ?? '', 'data: [DONE]\n\n'] }, { stream: true }],
  ])(
    'of the vendor reach the client without account and rate limits, and with %s as the upstream request id',
    async (name, way, reply, more) => {
      const { headers } = await send(way, { ...reply, headers: { ...ofVendor, [name]: 'req_vendor_1' } }, more);
      const down = Object.fromEntries(Object.keys(ofVendor).map((header) => [header, headers.get(header)]));
      expect(down).toMatchObject({ ...visible, 'retry-after': '3' });
      for (const header of ['server', 'via', 'set-cookie', 'cf-ray', 'openai-organization', 'openai-project']) {
        expect([header, headers.get(header)]).toEqual([header, null]);
      }
      expect([...headers.keys()].filter((header) => /ratelimit|organi|remaining/.test(header))).toEqual([]);
      expect(headers.get('x-gateway-upstream-request-id')).toBe('req_vendor_1');
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9A-Z]{26}$/);
      if (way === messagesWay) expect(headers.get('request-id')).toBe(headers.get('x-request-id'));
    },
  );

  it('of a reply are readable for scripts in a browser', async () => {
    const origin = { origin: 'http://localhost:3000' };
    const reply = { status: 400, headers: { ...jsonType, 'x-request-id': 'r1' }, body: plainError };
    const { headers } = await send(chatWay, reply, { headers: origin });
    const exposed = headers.get('access-control-expose-headers')?.split(/,\s*/);
    expect(exposed).toEqual(
      expect.arrayContaining(['x-gateway-error-source', 'x-gateway-upstream-request-id', 'retry-after']),
    );
  });
});

describe('the source of an error', () => {
  const native = { path: '/api/chat/completions', body: { messages, provider: 'openai' } };
  const translated = { path: '/v1/messages', body: { ...messagesWay.body, model: 'gpt-4o-mini' } };

  it.each([
    ['a native request', native],
    ['a translated request', translated],
    ['a native stream', { ...native, path: '/stream' }],
  ])('is the provider for an upstream error of %s, whose status the gateway maps', async (_, way) => {
    for (const [status, expected] of [
      [400, 400],
      [401, 502],
      [404, 502],
      [429, 429],
      [529, 502],
    ] as const) {
      const body = JSON.stringify({ error: { message: 'nothing in organization org-Q9zTest' } });
      const reply = await send(way, { status, headers: jsonType, body });
      expect([reply.status, reply.headers.get('x-gateway-error-source')]).toEqual([expected, 'provider']);
      expect(reply.text).not.toContain('Q9z');
    }
  });

  it.each<[number, string, RequestInit]>([
    [404, '/nowhere', {}],
    [404, '/v1/files', { method: 'POST' }],
    [405, '/v1/messages', { method: 'PUT' }],
    [401, '/v1/messages', { method: 'POST', headers: { 'x-api-key': 'unknown' } }],
    [413, '/v1/chat/completions', { method: 'POST', body: 'x'.repeat(11 * 2 ** 20) }],
    [400, '/v1/chat/completions', { method: 'POST', body: '{' }],
    [404, '/v1/chat/completions', { method: 'POST', body: '{"model":"unknown/x","messages":[]}' }],
    [415, '/v1/chat/completions', { method: 'POST', body: '{', headers: { 'content-encoding': 'gzip' } }],
    [400, '/graphql', { method: 'POST', body: '{' }],
    [404, '/api/jobs/job_none', {}],
  ])('is the gateway: %i %s', async (status, path, init) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': tenant.key, ...init.headers };
    const response = await fetchReply(environment.gateway.directUrl + path, { ...init, headers });
    await response.text();
    expect([response.status, response.headers.get('x-gateway-error-source')]).toEqual([status, 'gateway']);
  });

  it('is the gateway for a reached limit, and 402 names the field of the route', async () => {
    const poor = await environment.gateway.createTenant({ dailyBudgetNanoUsd: 1n });
    const slow = await environment.gateway.createTenant({ requestsPerMinute: 1 });
    for (const [way, fields, hint] of [
      [chatWay, { max_tokens: 99 }, 'lower max_tokens'],
      [chatWay, { max_completion_tokens: 99 }, 'lower max_completion_tokens'],
      [chatWay, {}, 'set max_completion_tokens'],
      [responsesWay, { max_output_tokens: 99 }, 'lower max_output_tokens'],
      [messagesWay, {}, 'lower max_tokens'],
      [{ path: '/api/chat/completions', body: { ...native.body, maxTokens: 9 } }, {}, 'lower maxTokens'],
      [
        { path: '/v1/embeddings', body: { model: 'text-embedding-3-small', input: 'Hi '.repeat(999) } },
        {},
        'send less input',
      ],
    ] as const) {
      const { status, headers, text } = await send({ ...way, body: { ...way.body, ...fields } }, {}, { from: poor });
      expect([status, headers.get('x-gateway-error-source')]).toEqual([402, 'gateway']);
      expect(JSON.parse(text).error.message).toMatch(new RegExp(`: ${hint}\\.$`));
    }
    await send(chatWay, {}, { from: slow });
    const { status, headers } = await send(chatWay, {}, { from: slow });
    expect([status, headers.get('x-gateway-error-source')]).toEqual([429, 'gateway']);
  });

  it('is stored for a replay with the same idempotency key', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = JSON.stringify({ error: { message: 'no' } });
    await send(native, { status: 400, headers: jsonType, body }, { headers });
    const again = await send(native, { status: 500 }, { headers });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([again.status, again.headers.get('x-gateway-error-source')]).toEqual([400, 'provider']);
  });
});

describe('a prompt that is too long for a translated request', () => {
  const overflows: readonly (readonly [vendor: string, model: string, status: number, error: unknown])[] = [
    [
      'OpenAI',
      'gpt-4o-mini',
      400,
      { message: "This model's maximum context length is 8 tokens.", code: 'context_length_exceeded' },
    ],
    [
      'Claude',
      'claude-haiku-4-5',
      400,
      { type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8 maximum' },
    ],
    ['Ollama', 'ollama/llama3.2', 400, 'the input length exceeds the context length'],
    ['Ollama 500', 'ollama/llama3.2', 500, 'input length exceeds maximum context length'],
    [
      'Groq',
      'groq/m',
      400,
      { message: 'Please reduce the length of the messages or completion.', code: 'context_length_exceeded' },
    ],
    [
      'llama.cpp',
      'vend-1',
      400,
      { message: 'the request exceeds the available context size', type: 'exceed_context_size_error', code: 400 },
    ],
    ['LM Studio', 'vend-1', 400, 'Trying to keep the first 9 tokens when context the overflows.'],
  ];
  const isClaude = (model: string) => model.startsWith('claude');

  it.each(overflows)('at %s gets the error that Anthropic’s clients recognize', async (_, model, status, error) => {
    if (isClaude(model)) return expect(model).toContain('claude');
    const way = { path: '/v1/messages', body: { ...messagesWay.body, model } };
    const reply = await send(way, { status, headers: jsonType, json: { error } });
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.text).error.message).toMatch(/^prompt is too long/);
  });

  it.each(overflows.filter(([, model]) => model.startsWith('claude') || model.startsWith('ollama')))(
    'at %s gets the error that OpenAI’s clients recognize',
    async (_, model, status, error) => {
      const way = { path: '/v1/chat/completions', body: { model, messages } };
      const reply = await send(way, { status, headers: jsonType, json: { type: 'error', error } });
      expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([400, 'context_length_exceeded']);
    },
  );

  it('gets the same error inside a stream', async () => {
    const ollama = '{"error":"the input length exceeds the context length"}\n';
    const ndjson = { headers: { 'content-type': 'application/x-ndjson' }, chunks: [ollama] };
    const asMessages = { path: '/v1/messages', body: { ...messagesWay.body, model: 'ollama/llama3.2' } };
    expect((await send(asMessages, ndjson, { stream: true })).text).toContain('"message":"prompt is too long: ');
    const asChat = { path: '/v1/chat/completions', body: { model: 'ollama/llama3.2', messages } };
    expect((await send(asChat, ndjson, { stream: true })).text).toContain('"code":"context_length_exceeded"');
    const openAi = sse({ error: { message: "This model's maximum context length is 8 tokens." } });
    const events = { headers: { 'content-type': 'text/event-stream' }, chunks: [openAi] };
    const fromOpenAi = { path: '/v1/messages', body: { ...messagesWay.body, model: 'gpt-4o-mini' } };
    expect((await send(fromOpenAi, events, { stream: true })).text).toContain('"message":"prompt is too long: ');
  });
});
