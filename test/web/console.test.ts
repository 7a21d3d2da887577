import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, startConsole } from './console-page.ts';

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

  test('shows the usage of a range that is in the URL', async () => {
    await post('/v1/chat/completions', { model: 'stub', messages: [{ role: 'user', content: 'Hello' }] });
    const { page, complaints } = await openConsole('/overview?range=7d');
    const models = page.getByRole('region', { name: 'Usage by model' });
    await expect
      .poll(async () => {
        await page.reload();
        return await models.waitFor({ timeout: 5_000 }).then(
          () => true,
          () => false,
        );
      })
      .toBe(true);
    await models.getByText('stub').waitFor();
    await page.getByRole('figure').first().waitFor();
    await page.getByLabel('Time range').selectOption('Last 30 days');
    await expect.poll(() => page.url()).toContain('range=30d');
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
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

  test('fits a narrow screen in both colour schemes', async () => {
    const { page } = await openConsole('/overview');
    await page.setViewportSize({ width: 390, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      const readOverflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await expect.poll(readOverflow).toBeLessThanOrEqual(0);
      expect(await findObstacles(page)).toEqual([]);
    }
  });
});
