import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyHeaders } from '../../src/auth/read-api-key.ts';
import { idempotencyKeys } from '../../src/db/schema/idempotency-keys.ts';
import { parseEnv } from '../../src/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { createTenant, database, send, variables } from './gateway.ts';

const messages = (text: string) => [{ role: 'user', content: text }];
const calls: Readonly<Record<string, readonly [path: string, body: (text: string) => object]>> = {
  'native chat': ['/api/chat/completions', (prompt) => ({ prompt, provider: 'openai', model: 'gpt-4o-mini' })],
  'native stream': ['/stream', (prompt) => ({ prompt, provider: 'claude' })],
  'passed chat': ['/v1/chat/completions', (text) => ({ model: 'gpt-4o-mini', messages: messages(text) })],
  'passed stream': [
    '/v1/chat/completions',
    (text) => ({ model: 'gpt-4o-mini', stream: true, messages: messages(text) }),
  ],
  'translated chat': [
    '/v1/chat/completions',
    (text) => ({ model: 'claude/claude-haiku-4-5', messages: messages(text) }),
  ],
  deployment: ['/openai/deployments/gpt-4o-mini/chat/completions', (text) => ({ messages: messages(text) })],
  'passed messages': [
    '/v1/messages',
    (text) => ({ model: 'claude-haiku-4-5', max_tokens: 9, messages: messages(text) }),
  ],
  'translated messages': [
    '/v1/messages',
    (text) => ({ model: 'gpt-4o-mini', max_tokens: 9, messages: messages(text) }),
  ],
  responses: ['/v1/responses', (input) => ({ model: 'gpt-4o-mini', input })],
  embeddings: ['/v1/embeddings', (input) => ({ model: 'openai/text-embedding-3-small', input })],
  'messages of Ollama': [
    '/v1/messages',
    (text) => ({ model: 'ollama/llama3.2', max_tokens: 9, messages: messages(text) }),
  ],
};

let tenant: Awaited<ReturnType<typeof createTenant>>;
const lines: string[] = [];
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  tenant = await createTenant();
  const logger = createLogger('debug', (line) => lines.push(line));
  app = createApp({ ...createServices(parseEnv(env)), logger, corsOrigins: undefined, local: true });
});

/** The gateway's key in one header, and keys of vendors, which are found wherever they get to, in all others. */
function sendKeys(own: string): Record<string, string> {
  return Object.fromEntries(
    keyHeaders.map((header) => {
      const key = header === own ? tenant.key : `sk-canary-${header}`;
      return [header, header === 'Authorization' ? `Bearer ${key}` : key];
    }),
  );
}

async function sendCall(name: string, headers: Record<string, string>) {
  const [path, body] = calls[name] ?? expect.unreachable();
  const mark = crypto.randomUUID();
  const context = createExecutionContext();
  const init = { method: 'POST', headers, body: JSON.stringify(body(mark)) };
  const response = await app.fetch(new Request(`http://gateway.test${path}`, init), env, context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  const recorded = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${mark}`);
  const { requests } = (await recorded.json()) as { requests: { headers: Record<string, string> }[] };
  return { status: response.status, text, replyHeaders: JSON.stringify([...response.headers]), requests };
}

/** The headers that reach a provider: its own, and those of the runtime. */
const upstreamHeaders =
  /^(?:accept|accept-encoding|anthropic-beta|anthropic-version|authorization|connection|content-length|content-type|host|transfer-encoding|user-agent|x-api-key|x-stainless-.*|cf-.*|mf-.*)$/;

describe.each(Object.keys(calls))('%s', (name) => {
  it.each(keyHeaders)('takes the key from %s and sends no header of the client to the provider', async (header) => {
    const sent = {
      ...sendKeys(header),
      'idempotency-key': crypto.randomUUID(),
      'x-gateway-other': 'canary',
      cookie: 'canary=1',
    };
    const { status, text, replyHeaders, requests } = await sendCall(name, sent);
    expect([status, text]).toEqual([200, expect.any(String)]);
    expect(requests).toHaveLength(1);
    const [{ headers = {} } = {}] = requests;
    expect(Object.keys(headers).filter((name) => !upstreamHeaders.test(name))).toEqual([]);
    const shown = JSON.stringify(requests) + replyHeaders + text + lines.join('\n');
    expect(lines.join('\n')).toContain('"status":200');
    for (const secret of ['canary', tenant.key]) expect(shown).not.toContain(secret);
  });
});

it('keeps no header with a response of an idempotency key', async () => {
  const key = crypto.randomUUID();
  await sendCall('native chat', { ...sendKeys('X-Gateway-Key'), 'idempotency-key': key });
  const rows = await database.select().from(idempotencyKeys).where(eq(idempotencyKeys.tenantId, tenant.tenantId));
  expect(rows.some((row) => JSON.stringify(row).includes(key))).toBe(true);
  for (const secret of ['canary', tenant.key]) expect(JSON.stringify(rows)).not.toContain(secret);
});

describe('two keys of gateways', () => {
  it.each([
    ['/api/jobs', { code: 'invalid_request' }],
    ['/v1/models', { type: 'invalid_request_error' }],
    ['/graphql?query={me{id}}', undefined],
  ])('are a 400 that names their headers: GET %s', async (path, error) => {
    const headers = { 'api-key': 'another', 'x-portkey-api-key': tenant.key, 'x-goog-api-key': 'AIzaSyCanary' };
    const response = await send(path, { headers });
    const text = await response.text();
    expect([response.status, text]).toEqual([
      400,
      expect.stringContaining('api-key and x-portkey-api-key carry different keys'),
    ]);
    if (error) expect(JSON.parse(text)).toMatchObject({ error });
    expect(text).not.toContain('Canary');
  });
});

describe('a key in the URL', () => {
  it.each(['/api/jobs', '/v1/models', '/models', '/graphql'])('is a 401 that names the header: %s', async (path) => {
    for (const headers of [{}, { 'x-api-key': tenant.key }]) {
      for (const name of ['key', 'api_key', 'api-key', 'access_token']) {
        const response = await send(`${path}?${name}=${tenant.key}`, { headers });
        const text = await response.text();
        expect([response.status, text]).toEqual([
          401,
          expect.stringContaining(`(${name}), because URLs are logged: send it in the header X-API-Key`),
        ]);
        expect(text).not.toContain(tenant.key);
      }
    }
  });

  it('is written to no log', async () => {
    lines.length = 0;
    for (const path of ['/api/jobs', '/nowhere', '/health']) {
      const request = new Request(`http://gateway.test${path}?key=canary&api_key=canary`);
      await (await app.fetch(request, env, createExecutionContext())).text();
    }
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).not.toContain('canary');
  });
});

it("explains a vendor's key alone", async () => {
  for (const header of keyHeaders.slice(0, -1)) {
    const response = await send('/v1/models', { headers: { [header]: 'sk-or-v1-canary' } });
    const text = await response.text();
    expect([response.status, text]).toEqual([401, expect.stringContaining("looks like a provider's own key")]);
    expect(text).not.toContain('canary');
  }
});
