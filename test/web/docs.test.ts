import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevProcess, productFiles, startDev } from '../support/dev-process.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

describe.skipIf(!hasChromium)('the API reference of `npm run dev` in a browser', () => {
  let dev: DevProcess;
  let browser: Browser;

  beforeAll(async () => {
    const off = { LOCAL_DATA_DIR: 'memory', ENABLE_PLAYGROUND: 'false' };
    [dev, browser] = await Promise.all([startDev(productFiles, off), startChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await dev?.end('SIGINT');
  });

  test('calls a route with the dev key, loads from the gateway only, reports no error and stores no key', async () => {
    const { page, origins, complaints } = await openPage(browser, `${dev.url}/docs`);
    const described = page.locator('#operations-Jobs-createJob');
    await described.getByRole('button').first().click();
    for (const name of ['Idempotency-Key', 'metadata', 'webhookUrl', 'Preference-Applied']) {
      await described.getByText(name, { exact: true }).first().waitFor();
    }
    expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(20);
    expect(await page.locator('.errors-wrapper').count()).toBe(0);

    const called = page.locator('#operations-Jobs-listJobs');
    await called.getByRole('button').first().click();
    await called.getByRole('button', { name: 'Try it out' }).click();
    const answered = page.waitForResponse((response) => response.url().includes('/api/jobs'));
    await called.getByRole('button', { name: 'Execute' }).click();
    expect((await answered).status()).toBe(200);
    await called.locator('.live-responses-table').getByText('hasNextPage').first().waitFor();

    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    expect(kept).not.toContain('dev-api-key');
    expect([...origins]).toEqual([dev.url]);
    expect(complaints).toEqual([]);
  });

  test('follows the color scheme of the system', async () => {
    const { page } = await openPage(browser, `${dev.url}/docs`);
    await page.locator('#operations-Jobs-createJob').waitFor();
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(background).not.toBe(light);
  });
});
