import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { createTenant, variables } from './gateway.ts';

/** Each is found by itself wherever it gets to. */
const secrets = {
  prompt: 'canaryprompt7f3a',
  unknownKey: 'canaryunknownkey91bc',
  refusedProviderKey: 'sk-canaryproviderkey5d20',
  query: 'canaryquery0c4e',
};
const queue = { send: vi.fn<(message: unknown) => Promise<unknown>>() };
const realFetch = globalThis.fetch;
const logged: string[] = [];
let databaseFails: boolean;

// Before the Worker is built, for the logger and the providers' clients keep what they find.
for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
    logged.push(parts.map(String).join(' '));
  });
}
vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (databaseFails && url === variables.DATABASE_HTTP_URL) throw new Error(`cannot send ${String(init?.body)}`);
  return await realFetch(input, init);
});

const settings = { ...env, LOG_LEVEL: 'debug', USAGE_QUEUE: queue };
const trusted = settings;
const refused = {
  ...settings,
  OPENAI_API_KEY: secrets.refusedProviderKey,
  ANTHROPIC_API_KEY: secrets.refusedProviderKey,
  ACME_API_KEY: secrets.refusedProviderKey,
};

let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  databaseFails = false;
  tenant = await createTenant();
});
beforeEach(() => {
  databaseFails = false;
  logged.length = 0;
  queue.send.mockReset().mockResolvedValue(undefined);
});

interface Sent {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly configuration?: object;
}

/** Sends a request to a gateway of its own configuration and waits for all that it does behind the reply. */
async function request({ path = '/api/chat/completions', headers, body, configuration = trusted }: Sent) {
  const context = createExecutionContext();
  const response = await worker.fetch(
    new Request(`http://gateway.test${path}`, {
      method: 'POST',
      headers: { 'x-api-key': tenant.key, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }) as Parameters<typeof worker.fetch>[0],
    configuration,
    context,
  );
  const text = await response.text();
  await waitOnExecutionContext(context);
  return { status: response.status, text, headers: JSON.stringify([...response.headers]) };
}

/** Every key that stands anywhere in the gateway or has come to it, whole and in the pieces that vendors like to show. */
function keys(): string[] {
  const whole = [tenant.key, secrets.unknownKey, secrets.refusedProviderKey, secrets.query];
  const configured = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'ACME_API_KEY'].map((name) => variables[name] ?? '?');
  return [...whole, ...configured, 'canary', 'canar*', ...configured.map((key) => key.slice(0, 12))];
}

function expectNone(text: string, forbidden: readonly string[]): void {
  for (const secret of forbidden) expect(text).not.toContain(secret);
}

/** The access log tells of the request, and neither it nor the reply of anything secret. */
function expectSecretsKept({ status, text, headers }: Awaited<ReturnType<typeof request>>): void {
  const lines = logged.join('\n');
  expect(lines).toContain(`"status":${status}`);
  expectNone(lines, [...keys(), secrets.prompt]);
  expectNone(headers, keys());
  // Stub repeats what it was asked; an error never does.
  const isError = status >= 400 || text.includes('"type":"error"');
  expectNone(isError ? text : text.replaceAll(secrets.prompt, ''), [...keys(), secrets.prompt]);
}

const failures = [
  'status code=400',
  'status code=422',
  'status code=429',
  'status code=500',
  'html code=502',
  'html code=200',
  'broken-json',
  'error-line',
  'error-event',
  'cut after=1',
  'headers-then-reset',
  'silence-after-headers',
];

const promptFor = (scenario = '') => `${scenario ? `[[scenario:${scenario}]] ` : ''}${secrets.prompt}`;

describe.each(['/api/chat/completions', '/stream'])('%s keeps keys and prompts out of logs and errors', (path) => {
  test.each(['stub', 'openai', 'claude', 'ollama', 'acme'])('if %s answers', async (provider) => {
    const reply = await request({ path: `${path}?trace=${secrets.query}`, body: { prompt: promptFor(), provider } });
    expect(reply.status).toBe(200);
    expectSecretsKept(reply);
  });

  test.each(['openai', 'claude', 'acme'])('if %s rejects the key of the gateway and repeats it', async (provider) => {
    const reply = await request({ path, body: { prompt: promptFor(), provider }, configuration: refused });
    expect(reply.status).toBe(502);
    expectSecretsKept(reply);
  });

  test('for every failure of a provider', async () => {
    const bodies = ['openai', 'claude', 'ollama'].flatMap((provider) =>
      failures.map((scenario) => ({ prompt: promptFor(scenario), provider })),
    );
    const replies = await Promise.all(bodies.map((body) => request({ path, body })));
    for (const reply of replies) expectSecretsKept(reply);
    expect(replies.every(({ status, text }) => status >= 400 || text.includes('"type":"error"'))).toBe(true);
  });

  test.each<[string, Sent, number]>([
    ['no JSON', { body: `{"prompt":"${secrets.prompt}"` }, 400],
    ['a field of the wrong type', { body: { prompt: { text: secrets.prompt } } }, 400],
    ['a message of the wrong role', { body: { messages: [{ role: secrets.prompt, content: secrets.prompt }] } }, 400],
    ['a number as text', { body: { prompt: promptFor(), temperature: secrets.prompt, stop: 5 } }, 400],
    ['a temperature that Claude has not', { body: { prompt: promptFor(), provider: 'claude', temperature: 2 } }, 400],
    ['a failing model', { body: { prompt: promptFor(), model: 'stub-error' } }, 502],
    ['an unknown key', { headers: { 'x-api-key': secrets.unknownKey } }, 401],
    ['two keys', { headers: { authorization: `Bearer ${secrets.unknownKey}` } }, 400],
    ['other credentials', { headers: { 'x-api-key': '', authorization: `Basic ${secrets.unknownKey}` } }, 401],
    ['a key in the URL', { path: `${path}?api_key=${secrets.query}` }, 401],
    ['an invalid request id', { headers: { 'x-request-id': `${secrets.unknownKey}!` }, body: '' }, 400],
  ])('if a request is rejected for %s', async (_what, sent, status) => {
    const reply = await request({ path, body: { prompt: promptFor() }, ...sent });
    expect(reply.status).toBe(status);
    expectSecretsKept(reply);
  });

  test('if Postgres fails and repeats the statement', async () => {
    databaseFails = true;
    const reply = await request({
      path,
      headers: { 'x-api-key': secrets.unknownKey + path },
      body: { prompt: promptFor() },
    });
    expect(reply.status).toBe(503);
    expectSecretsKept(reply);
  });

  test('if neither the queue nor Postgres accepts the usage', async () => {
    const first = await request({ path, body: { prompt: promptFor() } });
    expect(first.status).toBe(200);
    databaseFails = true;
    queue.send.mockRejectedValue(new Error(`${secrets.prompt} ${tenant.key}`));
    const reply = await request({ path, body: { prompt: promptFor() } });
    expect(logged.join('\n')).toContain('usage could be delivered nowhere');
    expectSecretsKept(reply);
  });
});

test('an unknown path is not logged', async () => {
  expect((await request({ path: `/${secrets.query}?${secrets.query}` })).status).toBe(404);
  expectNone(logged.join('\n'), keys());
});

test('an invalid configuration is reported without its values', () => {
  const configuration = { ...settings, OPENAI_BASE_URL: secrets.refusedProviderKey, LOG_LEVEL: secrets.query };
  const start = () =>
    worker.fetch(new Request('http://gateway.test/health') as never, configuration, createExecutionContext());
  expect(start).toThrow('OPENAI_BASE_URL must be an http or https URL; LOG_LEVEL must be debug, info, warn or error');
});

test('the ledger contains no key and no prompt', async () => {
  await request({ body: { prompt: promptFor(), provider: 'openai' } });
  expect(queue.send).toHaveBeenCalled();
  expectNone(JSON.stringify(queue.send.mock.calls), [...keys(), secrets.prompt]);
});
