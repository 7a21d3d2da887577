import { createExecutionContext, env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { createTenant } from './gateway.ts';

const decodeHtml = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');

async function fetchWith(
  variables: Record<string, unknown>,
  path: string,
  init: RequestInit<IncomingRequestCfProperties> = {},
): Promise<Response> {
  const request = new Request<unknown, IncomingRequestCfProperties>(`http://gateway.test${path}`, init);
  return await worker.fetch(request, { ...env, ...variables }, createExecutionContext());
}

async function readPage(variables: Record<string, unknown> = {}): Promise<string> {
  return decodeHtml(await (await fetchWith(variables, '/')).text());
}

/** Reads the request that a curl command makes. */
function parseCurl(command: string): { path: string; init: RequestInit<IncomingRequestCfProperties> } {
  const [, path = ''] = /curl http:\/\/gateway\.test(\S+)/.exec(command) ?? [];
  const headers = [...command.matchAll(/-H "([^:]+): ([^"]+)"/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  const [, body = ''] = /-d '([^']+)'/.exec(command) ?? [];
  return { path, init: { method: 'POST', headers: Object.fromEntries(headers), body } };
}

describe('the home page', () => {
  it('shows a request that works as it stands on a local gateway', async () => {
    const [, command = ''] = /<pre><code>([^<]+)/.exec(await readPage()) ?? [];
    expect(command).toContain('Bearer dev-api-key-12345');
    // This database has no dev key.
    const { key } = await createTenant();
    const { path, init } = parseCurl(command.replace('dev-api-key-12345', key));
    const response = await fetchWith({}, path, init);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: expect.stringContaining('Hello!') } }],
    });
  });

  it('names the base URLs of this origin', async () => {
    const page = await readPage();
    expect(page).toContain('<code>http://gateway.test/v1</code>');
    expect(page).toContain('<code>http://gateway.test</code>');
  });

  it('shows no local key and no local model when deployed', async () => {
    const page = await readPage({ ENVIRONMENT: 'deployed' });
    expect(page).not.toContain('dev-api-key');
    expect(page).toContain('YOUR_API_KEY');
    expect(page).toContain('"model": "gpt-4o-mini"');
  });

  it('has an icon, as all pages', async () => {
    const icon = await fetchWith({}, '/favicon.ico');
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    expect(await icon.text()).toMatch(/^<svg /);
    for (const path of ['/', '/docs', '/playground', '/console'])
      expect(await (await fetchWith({}, path)).text()).toContain('<link rel="icon" href="/favicon.ico"');
  });
});

describe('/docs/settings.json', () => {
  it('has the dev key on a local gateway only', async () => {
    expect(await (await fetchWith({}, '/docs/settings.json')).json()).toEqual({ apiKey: 'dev-api-key-12345' });
    expect(await (await fetchWith({ ENVIRONMENT: 'deployed' }, '/docs/settings.json')).json()).toEqual({});
  });
});
