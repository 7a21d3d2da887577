import { env } from 'cloudflare:workers';
import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import { createGraphQlServer } from '../../src/graphql/server.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createServices } from '../../src/services.ts';
import { createTenant, database, post, send } from './gateway.ts';
import { createJob, type Json, queryData, queryError, sendQuery, waitForStatus } from './graphql.ts';

let tenant: Awaited<ReturnType<typeof createTenant>>;
let key: string;

beforeAll(async () => {
  tenant = await createTenant();
  ({ key } = tenant);
});

test('the documents of the first system run unchanged', async () => {
  const created = await queryData<{ createJob: Json }>(
    key,
    'mutation { createJob(input: { type: TEXT, input: "Hello" }) { id status } }',
  );
  const { id } = created.createJob;
  expect(created).toEqual({ createJob: { id: expect.stringMatching(/^job_/), status: 'PENDING' } });
  await waitForStatus(key, String(id), 'COMPLETED');
  expect(await queryData(key, 'query { me { id name active } }')).toEqual({
    me: { id: tenant.tenantId, name: tenant.tenantId, active: true },
  });
  const job = `query { job(id: "${id}") { id status result provider tokensIn tokensOut cost } }`;
  expect(await queryData(key, job)).toEqual({
    job: {
      id,
      status: 'COMPLETED',
      result: 'Stub reply to: Hello',
      provider: 'stub',
      tokensIn: 1,
      tokensOut: 4,
      cost: 0,
    },
  });
  expect(await queryData(key, 'query { jobs { edges { node { id status type } } pageInfo { totalCount } } }')).toEqual({
    jobs: { edges: [{ node: { id, status: 'COMPLETED', type: 'TEXT' } }], pageInfo: { totalCount: 1 } },
  });
  const { providers } = await queryData<{ providers: Json[] }>(key, 'query { providers { id name type enabled } }');
  expect(providers).toContainEqual({ id: 'openai', name: 'OpenAI', type: 'OPENAI', enabled: true });
  expect(providers).toContainEqual({ id: 'groq', name: 'Groq', type: 'OPENAI_COMPATIBLE', enabled: false });
  expect(providers.slice(0, 6).map(({ id: name }) => name)).toEqual([
    ...['openai', 'claude', 'ollama', 'stub', 'acme', 'plain'],
  ]);
  const second = await createJob(key, { input: '[[scenario:paced ms=100 chunks=100]]', provider: 'openai' });
  expect(await queryData(key, `mutation { cancelJob(id: "${second}") { id status } }`)).toEqual({
    cancelJob: { id: second, status: 'CANCELLED' },
  });
});

test('a provider that is not configured names the variable to set, to admins alone', async () => {
  const admin = await createTenant({ scopes: ['read', 'admin'] });
  const readSettings = async (apiKey: string) => {
    const { providers } = await queryData<{ providers: Json[] }>(apiKey, '{ providers { id setting } }');
    return Object.fromEntries(providers.map(({ id, setting }) => [String(id), setting]));
  };
  expect(await readSettings(admin.key)).toMatchObject({ openai: null, stub: null, groq: 'GROQ_API_KEY' });
  expect(new Set(Object.values(await readSettings(key)))).toEqual(new Set([null]));
});

describe('the route', () => {
  const query = '{ me { id } }';

  test.each([
    ['no key', {}],
    ['an unknown key', { 'x-api-key': 'nobody' }],
    ['an empty key', { authorization: 'Bearer ' }],
  ])('%s is 401 in the shape of GraphQL', async (_, headers: Record<string, string>) => {
    const response = await post('/graphql', { query }, headers);
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/json; charset=utf-8']);
    expect(await response.json()).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'unauthorized', requestId: expect.any(String) } }],
    });
  });

  test('a bearer key is accepted, and the reply has the common headers', async () => {
    const origin = 'http://localhost:3000';
    const response = await post(
      '/graphql',
      { query },
      { authorization: `Bearer ${key}`, origin, 'x-request-id': 'r-1' },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(response.headers.get('server-timing')).toMatch(/^auth;dur=/);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
  });

  test('other methods are rejected', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await send('/graphql', { method, headers: { 'x-api-key': key } });
      expect([response.status, await response.json()]).toMatchObject([405, { error: { code: 'method_not_allowed' } }]);
    }
  });

  test('GET answers queries and rejects mutations', async () => {
    const get = (document: string) =>
      send(`/graphql?query=${encodeURIComponent(document)}`, { headers: { 'x-api-key': key } });
    expect(await (await get(query)).json()).toEqual({ data: { me: { id: tenant.tenantId } } });
    const refused = await get('mutation { createJob(input: { input: "x" }) { id } }');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
  });

  describe('a persisted query hash without a document', () => {
    const notSupported = {
      errors: [
        {
          message: 'PersistedQueryNotSupported',
          extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', requestId: expect.any(String) },
        },
      ],
    };
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    const get = (params: Record<string, string>, headers = {}) =>
      send(`/graphql?${new URLSearchParams(params)}`, { headers: { 'x-api-key': key, ...headers } });

    test.each(['application/json', 'application/graphql-response+json', '*/*'])(
      'gets the code under 200 by which Apollo sends the document, as %s',
      async (accept) => {
        for (const body of [
          { extensions },
          { query: '', extensions },
          { query: null, operationName: 'me', extensions },
        ]) {
          const response = await post('/graphql', body, { 'x-api-key': key, accept });
          expect([response.status, await response.json()]).toEqual([200, notSupported]);
        }
        const response = await get({ operationName: 'me', extensions: JSON.stringify(extensions) }, { accept });
        expect([response.status, await response.json()]).toEqual([200, notSupported]);
      },
    );

    test('is ignored beside the document', async () => {
      const data = { data: { me: { id: tenant.tenantId } } };
      const response = await post('/graphql', { query, extensions }, { 'x-api-key': key });
      expect(await response.json()).toEqual(data);
      expect(await (await get({ query, extensions: JSON.stringify(extensions) })).json()).toEqual(data);
    });

    test.each([
      ['no extensions', {}],
      ['other extensions', { extensions: { tracing: true } }],
      ['a persistedQuery that is no object', { extensions: { persistedQuery: 'a' } }],
      ['extensions that are no object', { extensions: 'persistedQuery' }],
    ])('is a missing document if there is %s', async (_, body) => {
      const response = await post('/graphql', body, { 'x-api-key': key });
      const { errors } = await response.json<{ errors: unknown[] }>();
      expect(response.status).toBe(400);
      expect(errors).toMatchObject([{ extensions: { code: 'invalid_request' } }]);
    });

    test('is 401 without a key', async () => {
      expect((await post('/graphql', { extensions })).status).toBe(401);
    });
  });

  test('a cookie or a key in the URL is no key', async () => {
    const response = await post(`/graphql?x-api-key=${key}`, { query }, { cookie: `x-api-key=${key}` });
    expect(response.status).toBe(401);
  });

  test('a body of more than 10 MiB is refused before the key is looked at', async () => {
    const response = await post('/graphql', { query, variables: { text: 'x'.repeat(10 * 1024 * 1024) } });
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { errors: [{ extensions: { code: 'payload_too_large' } }] },
    ]);
  });
});

describe('a suspended tenant', () => {
  test('can query me and nothing else', async () => {
    const suspended = await createTenant({ active: false });
    expect(await queryData(suspended.key, '{ me { id name active spend { today } } }')).toMatchObject({
      me: { id: suspended.tenantId, active: false, spend: { today: 0 } },
    });
    for (const document of [
      '{ me { id } jobs { totalCount } }',
      '{ me: jobs { totalCount } }',
      '{ ...all } fragment all on Query { providers { id } }',
      '{ ... on Query { job(id: "job_x") { id } } }',
      'mutation { createJob(input: { input: "x" }) { id } }',
      'query a { me { id } } query b { jobs { totalCount } }',
    ]) {
      const { status, errors } = await sendQuery(suspended.key, document);
      expect([document, status, errors?.[0]?.extensions.code]).toEqual([document, 403, 'forbidden']);
    }
  });
});

test.each([
  ['{ jobs(filter: { createdFrom: "soon" }) { totalCount } }', undefined, /^A DateTime is/],
  [
    'query ($filter: JobFilter) { jobs(filter: $filter) { totalCount } }',
    { filter: { createdFrom: 'soon' } },
    /^Variable "\$filter" has an invalid value at filter\.createdFrom: A DateTime is/,
  ],
  [
    'query ($filter: JobFilter) { jobs(filter: $filter) { totalCount } }',
    { filter: { statuses: ['soon'] } },
    /^Variable "\$filter" has an invalid value at filter\.statuses\[0\]: Value "…" does not exist in "JobStatus" enum\.$/,
  ],
  [
    'query ($filter: JobFilter) { jobs(filter: $filter) { totalCount } }',
    { filter: { status: 'soon' } },
    /^Variable "\$filter" has an invalid value: Expected value of type "JobFilter" not to include unknown field "status"\./,
  ],
])('an invalid value is reported by its location and not repeated: %s %j', async (query, variables, message) => {
  const { errors } = await sendQuery(key, query, variables);
  expect(errors).toMatchObject([{ message: expect.stringMatching(message), locations: [{ line: 1 }] }]);
  expect(errors?.[0]?.message).not.toContain('soon');
});

describe('an internal failure', () => {
  const lines: string[] = [];
  const secret = 'relation "sesame" does not exist';
  const broken = new Proxy(database, {
    get: () => () => {
      throw new Error(secret);
    },
  });
  const { jobs, webhooks, tenants, retention, keys } = createServices(parseEnv(env));
  const logger = createLogger('debug', (line) => lines.push(line));
  const answer = createGraphQlServer({
    jobs: { ...jobs, database: broken, logger },
    webhooks,
    tenants,
    retention,
    introspection: true,
  });

  test.each([
    ['{ jobs { totalCount } }', 'application/json'],
    ['{ job(id: "job_x") { id } }', 'application/graphql-response+json'],
    ['mutation { createJob(input: { input: "x" }) { id } }', 'application/json'],
    ['subscription { jobUpdated(id: "job_x") { id } }', 'text/event-stream'],
    ['subscription { jobsUpdated { id } }', 'text/event-stream'],
  ])('is reported as internal and logged by its name: %s', async (query, accept) => {
    lines.length = 0;
    const principal = await keys.verify(key, () => undefined);
    if (!principal) throw new Error('no caller');
    const headers = { 'content-type': 'application/json', accept };
    const body = JSON.stringify({ query });
    const request = new Request('http://gateway.test/graphql', { method: 'POST', headers, body });
    const response = await answer(request, {
      principal,
      reauthenticate: async () => principal,
      waitUntil: () => undefined,
      onRefusedJob: () => undefined,
      requestId: 'req_1',
      signal: new AbortController().signal,
    });
    const text = await response.text();
    expect(text).toContain('"code":"internal","requestId":"req_1"');
    expect(text + lines.join()).not.toContain('sesame');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', requestId: 'req_1', cause: 'Error' },
    ]);
  });
});

describe('the schema', () => {
  const closed = createServices(parseEnv({ ...env, ENABLE_PLAYGROUND: 'false' }));
  const askClosed = async (query: string): Promise<string> => {
    const principal = await closed.keys.verify(key, () => undefined);
    if (!principal) throw new Error('no caller');
    const headers = { 'content-type': 'application/json' };
    const request = new Request('http://gateway.test/graphql', {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    });
    const call = {
      principal,
      reauthenticate: async () => principal,
      waitUntil: () => undefined,
      onRefusedJob: () => undefined,
      requestId: newId('req'),
      signal: new AbortController().signal,
    };
    return await (await closed.answerGraphQl(request, call)).text();
  };
  const all = {
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
  };
  const whole = getIntrospectionQuery({ ...all, oneOf: true });
  const questions = [whole, '{ __schema { types { name } } }', '{ me { __typename } __type(name: "Job") { name } }'];

  test.each(questions)('can be queried only if the playground is on: %s', async (question) => {
    await queryData(key, question);
    expect(await askClosed(question)).toContain('introspection');
    expect(await askClosed(question)).not.toContain('"data"');
  });

  test('suggests its names only if the playground is on', async () => {
    const typos = ['{ jab(id: "x") { id } }', '{ jobs(order: NEWEST_FRST) { totalCount } }'];
    for (const typo of typos) {
      expect((await queryError(key, typo))[1]).toContain('Did you mean');
      expect(await askClosed(typo)).toContain('invalid_request');
      expect(await askClosed(typo)).not.toMatch(/Did you mean/i);
    }
  });
});
