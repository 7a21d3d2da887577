import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const origin = 'http://localhost:3000';

/** Matches the headers that the sources of the official clients set. */
const sentHeader =
  /['"](x-stainless-[a-z-]+|openai-(?:organization|project|beta)|anthropic-(?:version|beta|dangerous-[a-z-]+|user-profile-id|workspace-id)|user-agent|x-api-key|idempotency-key)['"]/gi;

async function findSentHeaders(name: string): Promise<string[]> {
  const entries = await readdir(join(packages, name), { recursive: true, withFileTypes: true });
  const found = new Set<string>();
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.mjs')) continue;
    const source = await readFile(join(entry.parentPath, entry.name), 'utf8');
    for (const [, header = ''] of source.matchAll(sentHeader)) found.add(header.toLowerCase());
  }
  return [...found];
}

describe.each([
  ['openai', '/v1/chat/completions', 'authorization'],
  ['@anthropic-ai/sdk', '/v1/messages', 'x-api-key'],
])('a browser with %s', (name, path, credentials) => {
  it('may send every header of the client', async () => {
    const sent = await findSentHeaders(name);
    // The search finds known headers.
    expect(sent).toEqual(expect.arrayContaining(['user-agent', 'x-stainless-lang', 'x-stainless-retry-count']));
    const requested = [...sent, credentials, 'content-type'].sort();
    const { headers, disallowed } = await sendPreflight(path, requested);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(disallowed).toEqual([]);
  });
});

/** Further headers, from the clients of other APIs. */
const otherClients: Readonly<Record<string, readonly string[]>> = {
  'AzureOpenAI, from Firefox': ['api-key', 'content-type', 'user-agent', 'x-stainless-arch', 'x-stainless-timeout'],
  'portkey-ai': [
    'x-portkey-api-key',
    'x-portkey-config',
    'x-portkey-package-version',
    'x-portkey-provider',
    'x-portkey-runtime',
    'x-portkey-trace-id',
  ],
  '@google/genai': ['x-goog-api-client', 'x-goog-api-key'],
  "the gateway's own": [
    'idempotency-key',
    'last-event-id',
    'prefer',
    'traceparent',
    'x-gateway-key',
    'x-gateway-strict',
  ],
};

it.each(Object.entries(otherClients))('a browser may send the headers of %s', async (_, requested) => {
  for (const path of ['/v1/chat/completions', '/openai/deployments/stub/embeddings', '/chat/completions/']) {
    const { status, headers, disallowed } = await sendPreflight(path, requested);
    expect([status, headers.get('access-control-allow-origin'), disallowed]).toEqual([204, origin, []]);
  }
});

it('a browser may not send other headers, and Vary lists the preflight headers', async () => {
  const other = ['cookie', 'x-forwarded-for', 'x-portkey', 'x-gateway-ü'];
  const { headers, disallowed } = await sendPreflight('/api/jobs', ['authorization', ...other]);
  expect(disallowed).toEqual(other);
  expect(headers.get('access-control-allow-methods')?.split(',')).toEqual(
    expect.arrayContaining(['GET', 'POST', 'DELETE']),
  );
  const vary = headers.get('vary')?.toLowerCase().split(/,\s*/);
  expect(vary).toEqual(expect.arrayContaining(['origin', 'access-control-request-headers']));
});

it('a page may read every header of the gateway', async () => {
  const response = await fetch(`${inject('gatewayUrl')}/v1/chat/completions`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', 'x-gateway-key': devKey },
    body: JSON.stringify({
      model: 'claude/claude-haiku-4-5',
      logit_bias: {},
      messages: [{ role: 'user', content: 'Hi' }],
    }),
  });
  const exposed = response.headers.get('access-control-expose-headers')?.split(/,\s*/) ?? [];
  expect(response.headers.get('x-gateway-dropped')).toBe('logit_bias');
  expect(exposed).toEqual(expect.arrayContaining(['x-request-id', 'retry-after', 'x-gateway-dropped']));
  const own = [...response.headers.keys()].filter((name) => name.startsWith('x-gateway-'));
  expect(own.filter((name) => !exposed.includes(name))).toEqual([]);
});

async function sendPreflight(path: string, requested: readonly string[]) {
  const { status, headers } = await fetch(inject('gatewayUrl') + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      // `fetch` expects each byte of UTF-8 as one character.
      'access-control-request-headers': Buffer.from(requested.join()).toString('latin1'),
    },
  });
  const allowed = headers.get('access-control-allow-headers')?.split(/,\s*/) ?? [];
  return { status, headers, disallowed: requested.filter((header) => !allowed.includes(header)) };
}
