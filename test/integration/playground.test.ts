import { createExecutionContext, env } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import worker from '../../src/index.ts';

/** Asks a Worker that has these variables instead of the usual ones. */
async function get(path: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const request = new Request<unknown, IncomingRequestCfProperties>(`http://gateway.test${path}`, { headers });
  return await worker.fetch(request, { ...env, ...variables }, createExecutionContext());
}

/** What the page itself loads. */
async function filesOfPage(): Promise<string[]> {
  const page = await (await get('/playground')).text();
  return [...page.matchAll(/(?:src|href)="(\/playground\/[^"]+)"/g)].map(([, path]) => path ?? '');
}

describe('on a developer’s machine', () => {
  test('the page needs no key, and lets nothing in from elsewhere', async () => {
    const page = await get('/playground');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*/);
    expect(await page.text()).not.toMatch(/https?:/);
  });

  test('its files are there, and may be kept for good', async () => {
    const files = await filesOfPage();
    expect(files).toEqual([
      expect.stringMatching(/^\/playground\/[0-9a-f]{16}\/playground\.css$/),
      expect.stringMatching(/^\/playground\/[0-9a-f]{16}\/playground\.js$/),
    ]);
    for (const path of files) {
      const file = await get(path);
      expect([path, file.status]).toEqual([path, 200]);
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      await file.text();
    }
  });

  test('a page that is known already is not sent again', async () => {
    const etag = (await get('/playground')).headers.get('etag') ?? '';
    expect((await get('/playground', {}, { 'if-none-match': etag })).status).toBe(304);
  });

  test('the dev key is filled in', async () => {
    const settings = await get('/playground/settings.json');
    expect(await settings.json()).toEqual({ headers: { 'X-API-Key': 'dev-api-key-12345' } });
  });

  test('the home page links to it', async () => {
    expect(await (await get('/')).text()).toContain('href="/playground"');
  });

  test('other files are not found', async () => {
    for (const path of ['/playground/nothing.js', '/playground.html', '/playground/../index.html']) {
      const response = await get(path);
      expect([path, response.status, await response.json()]).toMatchObject([
        path,
        404,
        { error: { code: 'not_found' } },
      ]);
    }
  });

  test('without static assets there is no page', async () => {
    expect((await get('/playground', { ASSETS: undefined })).status).toBe(404);
  });
});

describe.each([
  ['deployed, where nothing is said', { ENVIRONMENT: 'deployed' }],
  ['deployed, where it is turned off', { ENVIRONMENT: 'deployed', ENABLE_PLAYGROUND: 'false' }],
  ['on a developer’s machine, where it is turned off', { ENABLE_PLAYGROUND: 'false' }],
])('%s', (_, variables) => {
  test('neither the page nor its files are found, and nothing links to it', async () => {
    for (const path of ['/playground', '/playground/settings.json', ...(await filesOfPage())]) {
      const response = await get(path, variables);
      expect([path, response.status, await response.json()]).toMatchObject([
        path,
        404,
        { error: { code: 'not_found' } },
      ]);
    }
    expect(await (await get('/', variables)).text()).not.toContain('playground');
  });
});

describe('deployed, where ENABLE_PLAYGROUND is true', () => {
  const variables = { ENVIRONMENT: 'deployed', ENABLE_PLAYGROUND: 'true' };

  test('the page is there, and names no key', async () => {
    for (const path of ['/playground', ...(await filesOfPage())]) {
      const response = await get(path, variables);
      expect([path, response.status]).toEqual([path, 200]);
      await response.text();
    }
    const settings = await get('/playground/settings.json', variables);
    expect(await settings.json()).toEqual({ headers: { 'X-API-Key': 'YOUR_API_KEY' } });
  });
});
