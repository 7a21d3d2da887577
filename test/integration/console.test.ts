import { createExecutionContext, env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import worker from '../../src/index.ts';

/** Asks a Worker that has these variables instead of the usual ones. */
async function get(path: string, variables: Record<string, unknown> = {}) {
  const request = new Request<unknown, IncomingRequestCfProperties>(`http://gateway.test${path}`);
  return await worker.fetch(request, { ...env, ...variables }, createExecutionContext());
}

describe('the console', () => {
  it.each(['/console', '/console/overview', '/console/jobs/job_1'])(
    'is the page at %s, without a key',
    async (path) => {
      const page = await get(path);
      expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache']);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(await page.text()).not.toMatch(/https?:|<style|<script>/);
    },
  );

  it('has files that may be kept for good', async () => {
    const page = await (await get('/console')).text();
    const paths = [...page.matchAll(/(?:src|href)="(\/console\/[0-9a-f]{16}\/[^"]+)"/g)].map(([, path]) => path ?? '');
    const names = paths.map((path) => path.split('/').at(-1));
    expect(names).toEqual(expect.arrayContaining(['console.js', 'overview-page.js', 'console.css']));
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) {
      const file = await get(path);
      expect([path, file.status, file.headers.get('cache-control')]).toEqual([
        path,
        200,
        'public, max-age=31536000, immutable',
      ]);
      await file.text();
    }
    expect((await get('/console/0123456789abcdef/nothing.js')).status).toBe(404);
  });

  it('signs in with the dev key on a local gateway only', async () => {
    expect(await (await get('/console/settings.json')).json()).toEqual({ apiKey: 'dev-api-key-12345' });
    const deployed = await get('/console/settings.json', { ENVIRONMENT: 'deployed' });
    expect([deployed.headers.get('cache-control'), await deployed.json()]).toEqual(['no-store', {}]);
  });

  it('is linked from the home page', async () => {
    expect(await (await get('/')).text()).toContain('href="/console"');
  });

  it('is not there where ENABLE_CONSOLE is false', async () => {
    for (const path of ['/console', '/console/overview', '/console/settings.json']) {
      expect([path, (await get(path, { ENABLE_CONSOLE: 'false' })).status]).toEqual([path, 404]);
    }
    expect(await (await get('/', { ENABLE_CONSOLE: 'false' })).text()).not.toContain('/console');
  });
});
