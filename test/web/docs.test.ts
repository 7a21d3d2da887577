import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevProcess, productFiles, startDev } from '../support/dev-process.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';

describe.skipIf(!hasChromium)('the reference of `npm run dev`, in a browser', () => {
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

  test('describes a route and calls it with a key, asks nobody but the gateway, complains of nothing, keeps no key', async () => {
    const { page, origins, complaints } = await openPage(browser, `${dev.url}/docs`);
    const described = page.locator('#operations-Jobs-createJob');
    await described.getByRole('button').first().click();
    for (const name of ['Idempotency-Key', 'metadata', 'webhookUrl', 'Preference-Applied']) {
      await described.getByText(name, { exact: true }).first().waitFor();
    }
    expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(20);
    expect(await page.locator('.errors-wrapper').count()).toBe(0);

    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.locator('#api_key_value').fill('dev-api-key-12345');
    await page.getByRole('button', { name: 'Apply credentials' }).first().click();
    await page.getByRole('button', { name: 'Close' }).last().click();
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
});
