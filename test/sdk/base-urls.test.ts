import { connect } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { AzureChatOpenAI, AzureOpenAIEmbeddings } from '@langchain/openai';
import OpenAI, { AzureOpenAI, APIError as OpenAIError } from 'openai';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createKey } from './keys.ts';

const gatewayUrl = inject('gatewayUrl');
const vendorKeys = { openai: 'sk-proj-canary0123', anthropic: 'sk-ant-api03-canary0123' };
const messages = [{ role: 'user' as const, content: 'Hi' }];
let key: string;

beforeAll(async () => {
  key = await createKey(gatewayUrl, { scopes: ['chat'] });
});

const options = { maxRetries: 0, logLevel: 'off' as const };

describe.each(['', '/', '/v1', '/v1/', '//v1', '/v1/v1', '/openai/v1', '/openai/v1/', '/openai'])(
  'the openai client with a base URL that ends in "%s"',
  (end) => {
    const createClient = (apiKey = key) => new OpenAI({ ...options, apiKey, baseURL: gatewayUrl + end });

    it('reads replies, streams, embeddings, responses and models', async () => {
      const client = createClient();
      const whole = await client.chat.completions.create({ model: 'stub', messages });
      expect(whole.choices[0]?.message.content).toContain('Hi');
      const stream = client.chat.completions.stream({ model: 'claude/claude-haiku-4-5', messages });
      expect((await stream.finalChatCompletion()).choices[0]?.finish_reason).toBe('stop');
      const vectors = await client.embeddings.create({ model: 'stub', input: ['a', 'b'] });
      expect(vectors.data).toHaveLength(2);
      const response = await client.responses.create({ model: 'gpt-4o-mini', input: 'Hi' });
      expect(response.status).toBe('completed');
      expect((await client.models.list()).data.length).toBeGreaterThan(10);
      expect((await client.models.retrieve('openai/gpt-4o-mini')).owned_by).toBe('openai');
    });

    it('raises its own error classes', async () => {
      const unauthorized = createClient('unknown').chat.completions.create({ model: 'stub', messages });
      await expect(unauthorized).rejects.toMatchObject({
        status: 401,
        code: 'invalid_api_key',
        type: 'authentication_error',
      });
      const unsupported = await createClient()
        .files.list()
        .catch((error: unknown) => error);
      expect(unsupported).toBeInstanceOf(OpenAIError);
      expect(unsupported).toMatchObject({ status: 404, type: 'not_found_error', code: 'not_found' });
    });
  },
);

describe.each(['', '/', '/v1'])('AzureOpenAI with an endpoint that ends in "%s"', (end) => {
  const createClient = (deployment?: string) =>
    new AzureOpenAI({
      ...options,
      apiKey: key,
      endpoint: gatewayUrl + end,
      apiVersion: '2024-10-21',
      ...(deployment && { deployment }),
    });

  it.each(['stub', 'gpt-4o-mini', 'claude/claude-haiku-4-5', 'ollama/llama3.2'])(
    'uses the model %s as a deployment',
    async (model) => {
      const { choices } = await createClient().chat.completions.create({ model, messages });
      expect(choices[0]?.finish_reason).toBe('stop');
      // The body has another model, as users of this client write it.
      const stream = createClient(model).chat.completions.stream({ model: 'any-name', messages });
      const reply = await stream.finalChatCompletion();
      expect(reply.choices[0]?.message.content).toBe(choices[0]?.message.content);
      expect(reply.model).toContain(model.split('/').at(-1));
    },
  );

  it('reads embeddings, responses and models', async () => {
    const vectors = await createClient('stub').embeddings.create({ model: '', input: 'Hi' });
    expect(vectors.data).toHaveLength(1);
    const response = await createClient().responses.create({ model: 'gpt-4o-mini', input: 'Hi' });
    expect(response.status).toBe('completed');
    expect((await createClient().models.list()).data.length).toBeGreaterThan(10);
  });

  it('raises its own error classes', async () => {
    const images = createClient('dall-e-3').images.generate({ prompt: 'Hi' });
    await expect(images).rejects.toMatchObject({ status: 404, type: 'not_found_error' });
    const unknown = createClient('no-such-model').chat.completions.create({ model: '', messages });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });
});

it('LangChain works with Azure deployments', async () => {
  const azure = { azureOpenAIApiKey: key, azureOpenAIApiVersion: '2024-10-21', maxRetries: 0 };
  const endpoint = { azureOpenAIEndpoint: gatewayUrl };
  const basePath = { azureOpenAIBasePath: `${gatewayUrl}/openai/deployments` };
  const chat = new AzureChatOpenAI({ ...azure, ...endpoint, azureOpenAIApiDeploymentName: 'claude/claude-haiku-4-5' });
  expect((await chat.invoke('Hi')).text.length).toBeGreaterThan(5);
  const embeddings = new AzureOpenAIEmbeddings({ ...azure, ...basePath, azureOpenAIApiDeploymentName: 'stub' });
  expect((await embeddings.embedQuery('Hi')).length).toBeGreaterThan(5);
});

describe.each(['', '/', '/v1', '/v1/', '//v1'])('the Anthropic client with a base URL that ends in "%s"', (end) => {
  const baseURL = gatewayUrl + end;
  const ask = { model: 'gpt-4o-mini', max_tokens: 100, messages };

  it('reads messages, streams, token counts and models', async () => {
    const client = new Anthropic({ ...options, baseURL, apiKey: key });
    expect((await client.messages.create(ask)).stop_reason).toBe('end_turn');
    expect((await client.beta.messages.create({ ...ask, betas: ['some-beta'] })).stop_reason).toBe('end_turn');
    expect((await client.messages.stream(ask).finalMessage()).stop_reason).toBe('end_turn');
    expect((await client.messages.countTokens({ model: 'stub', messages })).input_tokens).toBeGreaterThan(0);
    expect((await client.models.list()).data[0]).toMatchObject({ type: 'model' });
  });

  it('raises its own error classes', async () => {
    const client = new Anthropic({ ...options, baseURL, apiKey: 'unknown' });
    const error = await client.messages.create(ask).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error).toMatchObject({ error: { type: 'error', error: { type: 'authentication_error' } } });
  });
});

describe('a vendor key beside a gateway key', () => {
  /** This client sends `Authorization` in either case; tools that build on it add other headers. */
  const createClient = (auth: { apiKey: string } | { authToken: string }, added: Record<string, string>) =>
    new Anthropic({
      ...options,
      baseURL: gatewayUrl,
      ...auth,
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        expect(headers.has('authorization')).toBe(true);
        for (const [name, value] of Object.entries(added)) headers.set(name, value);
        return fetch(url, { ...init, headers });
      },
    });

  it.each([
    ['as API key', () => createClient({ apiKey: vendorKeys.anthropic }, { 'x-api-key': key })],
    ['as token', () => createClient({ authToken: vendorKeys.anthropic }, { 'x-gateway-key': key })],
    ['beside the token', () => createClient({ authToken: key }, { 'x-api-key': vendorKeys.anthropic })],
  ])('is ignored when the Anthropic client sends it %s', async (_, create) => {
    const mark = crypto.randomUUID();
    const ask = { model: 'claude-haiku-4-5', max_tokens: 9, messages: [{ role: 'user' as const, content: mark }] };
    expect((await create().messages.create(ask)).stop_reason).toBe('end_turn');
    const { requests } = await findRequests(mark);
    expect(requests).toHaveLength(1);
    expect(JSON.stringify(requests)).not.toContain('canary');
  });

  it.each(['x-gateway-key', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-portkey-api-key'])(
    'is ignored when the openai client sends the gateway key in %s',
    async (header) => {
      const defaultHeaders = { [header]: key };
      const client = new OpenAI({ ...options, baseURL: gatewayUrl, apiKey: vendorKeys.openai, defaultHeaders });
      expect((await client.chat.completions.create({ model: 'stub', messages })).choices).toHaveLength(1);
    },
  );

  it('does not apply to two different gateway keys, which are rejected', async () => {
    const client = createClient({ apiKey: key }, { 'x-api-key': 'another-key' });
    const ask = client.messages.create({ model: 'stub', max_tokens: 9, messages });
    const error = await ask.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(String(error)).toContain('X-API-Key and Authorization carry different keys');
  });
});

/** Finds the requests to the provider that contain a text, with their headers. */
async function findRequests(text: string): Promise<{ requests: { headers: Record<string, string> }[] }> {
  const response = await fetch(`${inject('providerUrl')}/_seen?containing=${text}`);
  return (await response.json()) as { requests: { headers: Record<string, string> }[] };
}

/** Sends a request line that a URL parser would normalize. */
function sendLine(path: string): Promise<string> {
  const { hostname, port } = new URL(gatewayUrl);
  return new Promise((resolve, reject) => {
    let reply = '';
    const body = '{"input":"Hi","provider":"stub"}';
    const head = `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    const socket = connect(Number(port), hostname, () => socket.write(head + body));
    socket
      .on('data', (bytes) => {
        reply += bytes;
      })
      .on('close', () => resolve(reply))
      .on('error', reject);
  });
}

describe('a request line without a key', () => {
  it.each(['/api/jobs', '//api//jobs', '/api/jobs/', '/%61pi/jobs', '/chat/completions', '//v1//v1//messages//'])(
    'gets a 401: %s',
    async (path) => {
      expect(await sendLine(path)).toMatch(/^HTTP\/1\.1 401 /);
    },
  );

  it.each([
    '/docs/../api/jobs',
    '/health/%2e%2e/api/jobs',
    '/docs/..%2fapi%2fjobs',
    '/v1/models/../../api/jobs',
    '/playground/..;/api/jobs',
    '/./api/jobs',
    '/api\\jobs',
    '//localhost/api/jobs',
    'http://localhost/api/jobs',
    '/api/jobs#/health',
    '/openai/deployments/../../health/chat/completions',
  ])('reaches no route that needs a key: %s', async (path) => {
    const reply = await sendLine(path);
    expect(reply).toMatch(/^HTTP\/1\.1 (?:400|401|404|405) /);
    expect(reply).not.toMatch(/"job_|"status":"PENDING"/);
  });
});
