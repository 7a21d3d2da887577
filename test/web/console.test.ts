import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, reloadUntilVisible, startConsole } from './console-page.ts';

describe.skipIf(!hasChromium)('the console of `npm run dev` in a browser', () => {
  let running: ConsoleTest;

  beforeAll(async () => {
    running = await startConsole();
  });

  afterAll(() => running?.stop());

  const openConsole = (path?: string) => running.openConsole(path);
  const post = (path: string, body: object) => running.post(path, body);

  test('signs in with the dev key, stores no key and loads from the gateway only', async () => {
    const { page, origins, complaints } = await openConsole();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('No requests in this time').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/overview');
    const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    expect(stored).not.toContain('dev-api-key');
    expect([...origins]).toEqual([running.dev.url]);
    expect(complaints).toEqual([]);
  });

  test('signs out, refuses an unknown key, and signs in again', async () => {
    const { page } = await openConsole();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').fill('aia_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'The gateway does not know this API key.' }).waitFor();
    await page.reload();
    await page.getByLabel('API key').fill('dev-api-key-12345');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  test('says what to do where a page can no longer be loaded, as after a deployment', async () => {
    const { page } = await openConsole();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.route('**/requests-page-*.js', (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Requests' }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'could not be loaded: reload the page.' });
    await alert.waitFor();
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    expect(await alert.count()).toBe(0);
  });

  test('shows the usage of a range that is in the URL', async () => {
    await post('/v1/chat/completions', { model: 'stub', messages: [{ role: 'user', content: 'Hello' }] });
    const { page, complaints } = await openConsole('/overview?range=7d');
    const models = page.getByRole('region', { name: 'Usage by model' });
    await reloadUntilVisible(page, models);
    await models.getByText('stub').waitFor();
    await page.getByRole('figure').first().waitFor();
    await page.getByLabel('Time range').selectOption('Last 30 days');
    await expect.poll(() => page.url()).toContain('range=30d');
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('links the usage by model, key, route and end user to the requests behind it', async () => {
    await running.graphql(`mutation { setRoute(input: {
      name: "try-me", tenantId: "ten_dev", targets: [{ provider: "stub", model: "stub" }]
    }) { version } }`);
    const message = { role: 'user', content: 'Hello' };
    await running.post(
      '/v1/chat/completions',
      { model: 'try-me', messages: [message] },
      { 'x-gateway-user': 'ada & co' },
    );
    const { page, complaints } = await openConsole('/overview?range=7d');
    const row = (table: string, name: string) =>
      page.getByRole('region', { name: `Usage by ${table}` }).getByRole('link', { name, exact: true });
    await reloadUntilVisible(page, row('end user', 'ada & co'));
    const requests = '/console/requests';
    const readHref = (table: string, name: string) => row(table, name).getAttribute('href');
    expect(await readHref('model', 'stub')).toBe(`${requests}?model=stub&range=7d`);
    expect(await readHref('provider', 'stub')).toBe(`${requests}?provider=stub&range=7d`);
    expect(await readHref('API key', 'dev')).toBe(`${requests}?keyId=key_dev&range=7d`);
    expect(await readHref('route', 'try-me')).toBe(`${requests}?route=try-me&range=7d`);
    expect(await readHref('end user', 'ada & co')).toBe(`${requests}?endUser=ada+%26+co&range=7d`);
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('shows administrators the usage of another tenant', async () => {
    const { createTenant } = await running.graphql<{ createTenant: { id: string } }>(
      'mutation { createTenant(input: { name: "Other tenant" }) { id } }',
    );
    const { page, complaints } = await openConsole('/overview?range=7d');
    await page.getByLabel('Tenant', { exact: true }).selectOption('Other tenant');
    await page.getByText('No requests in this time').waitFor();
    expect(new URL(page.url()).searchParams.get('tenantId')).toBe(createTenant.id);
    await page.getByRole('region', { name: 'Usage by tenant' }).getByRole('link', { name: 'dev', exact: true }).click();
    await page.getByRole('region', { name: 'Usage by model' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('asks for the figures first, and for the tables and tenants after them', async () => {
    const { page } = await openConsole();
    await page.goto('about:blank');
    const operations: string[] = [];
    await page.route('**/graphql', async (route) => {
      const [, operation = ''] = /(?:query|subscription) (\w+)/.exec(route.request().postData() ?? '') ?? [];
      operations.push(operation);
      await route.continue();
    });
    await page.goto(`${running.dev.url}/console/overview?range=7d`);
    await page.getByRole('region', { name: 'Usage by tenant' }).waitFor();
    await page.getByLabel('Tenant', { exact: true }).waitFor();
    expect(operations.slice(0, 2)).toEqual(['Me', 'Overview']);
    expect(operations.slice(2).sort()).toEqual(['OverviewTenants', 'UsageTables']);
  });

  test('shows a job as it ends, and its result as text', async () => {
    const { page, complaints } = await openConsole('/jobs');
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    const { id } = await post('/api/jobs', { input: '<img src=x onerror=alert(1)>', provider: 'stub' });
    const row = page.getByRole('row').filter({ hasText: String(id) });
    await row.getByText('Completed').waitFor();
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: String(id) }).waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(await page.locator('pre img').count()).toBe(0);
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('cancels a running job after a question', async () => {
    const { id } = await post('/api/jobs', { input: 'word '.repeat(400), provider: 'stub', model: 'stub-slow' });
    const { page } = await openConsole(`/jobs/${id}`);
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel job' }).click();
    await page.getByText('The job is cancelled').waitFor();
    await page.getByText('Cancelled', { exact: true }).waitFor();
  });

  test('lists a job that has failed for good, and does it again', async () => {
    const { id } = await post('/api/jobs', { input: 'Hi', provider: 'stub', model: 'stub-error' });
    const { page, complaints } = await openConsole('/jobs');
    await page.getByRole('link', { name: 'Dead letters' }).click();
    const row = page.getByRole('row').filter({ hasText: String(id) });
    await reloadUntilVisible(page, row);
    expect(new URL(page.url()).pathname).toBe('/console/jobs/dead-letters');
    await row.getByText('provider_error').waitFor();
    expect(await findObstacles(page)).toEqual([]);
    await row.getByRole('button', { name: 'Retry' }).click();
    await page.getByText(/^Job job_\w+ does it again$/).waitFor();
    await row.getByRole('link').nth(1).click();
    await page.getByText(`It does ${id} again.`).waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows the text of a running job as it comes, and keeps it where the job is cancelled', async () => {
    const { id } = await post('/api/jobs', { input: 'word '.repeat(400), provider: 'stub', model: 'stub-slow' });
    const { page, complaints } = await openConsole(`/jobs/${id}`);
    await page.getByRole('heading', { name: 'Text so far' }).waitFor();
    const text = page.getByText(/^Stub reply to: word/);
    const readLength = async () => (await text.innerText()).length;
    const length = await readLength();
    await expect.poll(readLength).toBeGreaterThan(length);
    await running.post(`/api/jobs/${id}/cancel`, {});
    await page.getByText('Cancelled', { exact: true }).waitFor();
    await page.reload();
    await text.waitFor();
    expect(complaints).toEqual([]);
  });

  test('fits a narrow screen in both colour schemes', async () => {
    const name = 'A tenant with a long name '.repeat(3).trim();
    await running.graphql(`mutation { createTenant(input: { name: "${name}" }) { id } }`);
    const { page, complaints } = await openConsole('/overview?range=7d');
    await page.setViewportSize({ width: 390, height: 800 });
    await page.getByRole('region', { name: 'Usage by tenant' }).waitFor();
    await page.getByRole('option', { name }).waitFor({ state: 'attached' });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      const readOverflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await expect.poll(readOverflow).toBeLessThanOrEqual(0);
      expect(await findObstacles(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
});
