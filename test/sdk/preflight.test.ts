import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const origin = 'http://localhost:3000';

/** The headers that the sources of the official clients name and that are theirs to send. */
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
  it('may send every header that the client sets', async () => {
    const sent = await findSentHeaders(name);
    // The search itself works.
    expect(sent).toEqual(expect.arrayContaining(['user-agent', 'x-stainless-lang', 'x-stainless-retry-count']));
    const requested = [...sent, credentials, 'content-type'].sort();
    const preflight = await fetch(inject('gatewayUrl') + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': requested.join(),
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    const allowed = preflight.headers.get('access-control-allow-headers')?.split(/,\s*/) ?? [];
    expect(requested.filter((header) => !allowed.includes(header))).toEqual([]);
  });
});
