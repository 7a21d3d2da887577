import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, send } from './gateway.ts';
import { sendQuery } from './graphql.ts';

let key: string;
let restrictedKey: string;

beforeAll(async () => {
  const tenant = await createTenant();
  key = tenant.key;
  restrictedKey = (await createTenant({ allowedModels: ['stub'] })).key;
});

async function outcome(path: string, body: string, apiKey = key): Promise<[number, string]> {
  const response = await post(path, body, { 'x-api-key': apiKey });
  const reply = await response.json<{ error?: { message: string }; errors?: { message: string }[] }>();
  return [response.status, (reply.error ?? reply.errors?.[0])?.message ?? ''];
}

const routes = [
  '/api/chat/completions',
  '/stream',
  '/api/jobs',
  '/v1/chat/completions',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/responses',
  '/v1/embeddings',
  '/v1beta/models/stub:generateContent',
  '/v1beta/models/stub:streamGenerateContent',
  '/v1beta/models/stub:countTokens',
  '/v1beta/models/stub:batchEmbedContents',
  '/graphql',
];

describe.each(routes)('%s', (path) => {
  it('refuses a body that is nested too deeply', async () => {
    const body = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(await outcome(path, body)).toEqual([400, 'The body is nested more than 200 levels deep. Make it flatter.']);
  });

  it('refuses a body of too many values', async () => {
    const [status, message] = await outcome(path, `{"a":[${'[],'.repeat(200_000)}1]}`);
    expect([status, message]).toEqual([
      400,
      expect.stringMatching(/^The body has more than 200000 values, integers aside/),
    ]);
  });
});

describe.each(['/v1/chat/completions', '/v1/messages', '/v1/messages/count_tokens', '/v1/responses', '/v1/embeddings'])(
  'the fields of %s that route or bound a request',
  (path) => {
    it.each([
      ['{"model":"gpt-4o","model":"stub"}', 'model: is in the body more than once: send it once.'],
      ['{"Model":"gpt-4o","model":"stub"}', 'Model: must be written "model".'],
      ['{"model":"stub","stream":true,"stream":false}', 'stream: is in the body more than once: send it once.'],
      [
        '{"model":"stub","max_tokens":50000,"max_tokens":1}',
        'max_tokens: is in the body more than once: send it once.',
      ],
      ['{"model":"stub","Max_Tokens":50000}', 'Max_Tokens: must be written "max_tokens".'],
    ])('are refused where a provider may read another value: %s', async (body, message) => {
      expect(await outcome(path, body)).toEqual([400, message]);
    });

    it.each(['models', 'route', 'fallbacks', 'preset'])(
      'do not let a key of certain models name others by %s',
      async (field) => {
        const body = JSON.stringify({
          model: 'stub',
          max_tokens: 5,
          messages: [{ role: 'user', content: 'x' }],
          [field]: ['gpt-4o'],
        });
        const [status, message] = await outcome(path, body, restrictedKey);
        // Counting tokens makes no attempts, and so has no list of models.
        const isList = field === 'models' && !path.endsWith('/count_tokens');
        const problem = isList
          ? 'models[0]: "gpt-4o" is not allowed to this API key'
          : `${field}: cannot be sent by an API key`;
        expect([status, message]).toEqual([403, expect.stringContaining(problem)]);
      },
    );
  },
);

it('a native body in which a field that routes it stands twice is refused', async () => {
  const body = '{"prompt":"x","provider":"openai","provider":"stub"}';
  for (const path of ['/api/chat/completions', '/stream']) {
    expect(await outcome(path, body)).toEqual([400, 'provider: is in the body more than once: send it once.']);
  }
});

it('a key of any model may send what its provider reads beside the model', async () => {
  const body = { model: 'stub', messages: [{ role: 'user', content: 'x' }], fallbacks: ['a'] };
  const response = await post('/v1/chat/completions', body, { 'x-api-key': key });
  expect(response.status).toBe(200);
});

describe('GraphQL', () => {
  const query = 'query ($i: JobFilter) { jobs(filter: $i) { nodes { id } } }';

  it('names a wrong variable without looking at all the others', async () => {
    const startedAt = performance.now();
    const { errors } = await sendQuery(key, query, { i: { models: Array.from({ length: 30_000 }, () => 1) } });
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/^Variable "\$i" has an invalid value at .*models\[0\]/),
      extensions: { code: 'invalid_request' },
    });
    expect(errors?.length).toBeLessThanOrEqual(51);
    // An error for each of the values takes seconds.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('limits the values of variables and the length of a document', async () => {
    const many = await sendQuery(key, query, { i: { models: Array.from({ length: 50_000 }, () => 'x') } });
    expect([many.status, many.errors?.[0]?.message]).toEqual([400, 'The variables hold more than 40000 values.']);
    const long = await sendQuery(key, `{ me { id } } ${'#\n'.repeat(200_000)}`);
    expect([long.status, long.errors?.[0]?.message]).toEqual([
      400,
      'The document is longer than 262144 characters: send long values as variables.',
    ]);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'query=mutation%7BcreateJob(input%3A%7Binput%3A%22x%22%7D)%7Bid%7D%7D'],
    ['application/graphql', 'mutation { createJob(input: { input: "x" }) { id } }'],
    ['application/graphql+json', '{"query":"{ me { id } }"}'],
    ['text/plain', '{"query":"{ me { id } }"}'],
    ['multipart/form-data; boundary=x', '--x--'],
  ])('takes JSON only: %s', async (contentType, body) => {
    const headers = { 'x-api-key': key, 'content-type': contentType };
    const response = await send('/graphql', { method: 'POST', headers, body });
    expect([response.status, await response.json()]).toMatchObject([
      415,
      { errors: [{ message: 'content-type: must be application/json.', extensions: { code: 'invalid_request' } }] },
    ]);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'takes %s',
    async (contentType) => {
      const headers = { 'x-api-key': key, 'content-type': contentType };
      const response = await send('/graphql', { method: 'POST', headers, body: '{"query":"{ me { id } }"}' });
      expect(response.status).toBe(200);
    },
  );

  it.each([
    [
      '{',
      'The body is not valid JSON at line 1, column 2: expected a property name in double quotes, but the text ends.',
    ],
    ['null', 'The body is not a JSON object.'],
    ['"x"', 'The body is not a JSON object.'],
  ])('refuses the body %s', async (body, message) => {
    expect(await outcome('/graphql', body)).toEqual([400, message]);
  });

  it('reads the parameters of a GET', async () => {
    const get = async (parameters: Record<string, string>) => {
      const response = await send(`/graphql?${new URLSearchParams(parameters)}`, { headers: { 'x-api-key': key } });
      return [response.status, await response.json()];
    };
    const document = 'query a($id: ID!) { job(id: $id) { id } } query b { me { id } }';
    expect(await get({ query: document, operationName: 'b' })).toMatchObject([200, { data: { me: {} } }]);
    expect(await get({ query: '{ me { id } }', variables: '{' })).toMatchObject([
      400,
      { errors: [{ message: expect.stringMatching(/^variables is not valid JSON at line 1, column /) }] },
    ]);
    const deep = '['.repeat(300) + ']'.repeat(300);
    expect(await get({ query: '{ me { id } }', variables: deep })).toMatchObject([
      400,
      { errors: [{ message: 'variables is nested more than 200 levels deep. Make it flatter.' }] },
    ]);
  });
});
