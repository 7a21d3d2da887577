import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { fillConsole } from './console-data.ts';
import { type ConsoleTest, findObstacles, startConsole } from './console-page.ts';

const all = ['Overview', 'Requests', 'Playground', 'Jobs', 'Keys and tenants', 'Models', 'Settings'];
const roles = [
  { role: 'admin', scopes: ['chat', 'jobs', 'read', 'admin'], pages: all },
  { role: 'tenant', scopes: ['chat', 'jobs', 'read'], pages: all },
  { role: 'reader', scopes: ['read'], pages: all.filter((name) => name !== 'Playground') },
  { role: 'chat', scopes: ['chat'], pages: ['Playground'] },
];
const tenants = ['ten_dev', 'ten_empty'] as const;
/** The last one is that in which axe looks at a page. */
const widths = [390, 1280];
const colorSchemes = ['light', 'dark'] as const;
const maxFirstVisitBytes = 150_000;

describe.skipIf(!hasChromium)('every page of the console', () => {
  let running: ConsoleTest;
  let dataDir: string;
  let emptyTenantId: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'console-walk-'));
    running = await startConsole({ LOCAL_DATA_DIR: dataDir });
    await fillConsole(dataDir, new Date());
    const { createTenant } = await running.graphql<{ createTenant: { id: string } }>(
      'mutation { createTenant(input: { name: "empty" }) { id } }',
    );
    emptyTenantId = createTenant.id;
  }, 180_000);

  afterAll(async () => {
    await running?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function createKey(tenantId: string, name: string, scopes: readonly string[]): Promise<string> {
    const { createApiKey } = await running.graphql<{ createApiKey: { key: string } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      { input: { tenantId, name, scopes } },
    );
    return createApiKey.key;
  }

  /** Waits until a page shows its data, or that there is none. */
  async function waitUntilLoaded(page: Page): Promise<void> {
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.getByText('Loading…').count()).toBe(0);
    expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
  }

  /** Looks at a page in all sizes and colours. Returns what is wrong. */
  async function findFaults(page: Page, name: string): Promise<string[]> {
    const faults: string[] = [];
    for (const colorScheme of colorSchemes) {
      await page.emulateMedia({ colorScheme });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        const view = `${name}, ${colorScheme}, ${width} pixels`;
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) faults.push(`${view}: ${overflow} pixels too wide`);
      }
      for (const obstacle of await findObstacles(page)) faults.push(`${name}, ${colorScheme}: ${obstacle}`);
    }
    return faults;
  }

  const cases = tenants.flatMap((tenant) => roles.map((role) => ({ tenant, ...role })));

  test.each(cases)('$role of $tenant', async ({ tenant, role, scopes, pages }) => {
    const tenantId = tenant === 'ten_dev' ? tenant : emptyTenantId;
    const apiKey = await createKey(tenantId, role, scopes);
    const { page, complaints } = await running.openConsoleAs(apiKey);
    const navigation = page.getByRole('navigation', { name: 'Pages' });
    expect(await navigation.getByRole('link').allInnerTexts()).toEqual(pages);
    const faults: string[] = [];
    for (const name of pages) {
      await navigation.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await waitUntilLoaded(page);
      faults.push(...(await findFaults(page, name)));
    }
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('the first visit loads less than 150 KB, compressed, and asks GraphQL for the visitor and the figures first', async () => {
    const context = await running.browser.newContext();
    const page = await context.newPage();
    const bodies: Promise<Buffer>[] = [];
    const queries: string[] = [];
    page.on('response', (response) => bodies.push(response.body()));
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/graphql') queries.push(request.postDataJSON().operationName);
    });
    await page.goto(`${running.dev.url}/console`);
    await page.getByRole('figure').first().waitFor();
    await page.waitForLoadState('networkidle');
    const bytes = (await Promise.all(bodies)).map((body) => gzipSync(body).length).reduce((sum, size) => sum + size);
    await context.close();
    expect(bytes).toBeLessThan(maxFirstVisitBytes);
    expect(queries.slice(0, 2)).toEqual(['Me', 'Overview']);
  });
});
