import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevProcess, productFiles, startDev } from '../support/dev-process.ts';
import { hasChromium, openPage, startChromium } from './chromium.ts';
import { PlaygroundPage } from './playground-page.ts';

describe.skipIf(!hasChromium)('the playground of `npm run dev` in a browser', () => {
  let dev: DevProcess;
  let browser: Browser;

  beforeAll(async () => {
    [dev, browser] = await Promise.all([startDev(productFiles, { LOCAL_DATA_DIR: 'memory' }), startChromium()]);
  });

  afterAll(async () => {
    await browser?.close();
    await dev?.end('SIGINT');
  });

  async function openPlayground() {
    const opened = await openPage(browser, `${dev.url}/playground`);
    const playground = new PlaygroundPage(opened.page);
    await playground.waitUntilReady();
    return { ...opened, playground };
  }

  /** Creates a job that takes 200 ms for each word, long enough to be watched on a busy machine. */
  async function createSlowJob(playground: PlaygroundPage, words: number): Promise<void> {
    await playground.chooseTab('CreateJob');
    const input = { type: 'TEXT', input: 'word '.repeat(words), provider: 'stub', model: 'stub-slow' };
    await playground.writeTool('Variables', JSON.stringify({ input }));
    await playground.run.click();
    await expect.poll(() => playground.readResponse()).toContain('"status": "PENDING"');
  }

  /** Runs the subscription to all jobs. */
  async function watchJobs(playground: PlaygroundPage): Promise<void> {
    await playground.chooseTab('JobsUpdated');
    await playground.run.click();
  }

  test('runs its first query unchanged with the dev key', async () => {
    const { playground } = await openPlayground();
    expect(await playground.readTool('Headers')).toContain('"X-API-Key": "dev-api-key-12345"');
    await playground.run.click();
    await expect.poll(() => playground.readResponse()).toContain('"name": "dev"');
    expect(await playground.readResponse()).not.toContain('errors');
  });

  test('runs its query for the usage of a day unchanged', async () => {
    const { playground } = await openPlayground();
    await playground.chooseTab('Usage');
    await playground.run.click();
    await expect.poll(() => playground.readResponse()).toContain('"usage": [');
    expect(await playground.readResponse()).not.toContain('errors');
  });

  test('runs its subscription unchanged and shows a job until it completes', async () => {
    const { playground } = await openPlayground();
    await createSlowJob(playground, 40);
    await watchJobs(playground);
    await expect.poll(() => playground.readResponse()).toContain('"status": "RUNNING"');
    await playground.stop.waitFor();
    await expect.poll(() => playground.readResponse()).toContain('"status": "COMPLETED"');
    await playground.stop.click();
    await playground.run.waitFor();
  });

  test('keeps the last event of a subscription on Stop', async () => {
    const { page, playground } = await openPlayground();
    await createSlowJob(playground, 200);
    await watchJobs(playground);
    await expect.poll(() => playground.readResponse()).toContain('"status": "RUNNING"');
    const ended = page.waitForEvent(
      'requestfailed',
      (request) => request.headers().accept?.includes('event-stream') === true,
    );
    await playground.stop.click();
    await playground.run.waitFor();
    await ended;
    expect(await playground.readResponse()).toContain('"status": "RUNNING"');
  });

  test('loads the schema and marks an unknown field', async () => {
    const { page } = await openPlayground();
    await page.getByRole('button', { name: 'Documentation Explorer' }).click();
    await page.getByText('Root Types').waitFor();
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText('{ nothingOfThisName }');
    await page.locator('.graphiql-query-editor .squiggly-error').waitFor();
  });

  test('loads the schema again when the key changes', async () => {
    const { page, playground } = await openPlayground();
    const schemaRequest = page.waitForRequest(
      (request) => request.headers()['x-api-key'] === 'another' && /__schema/.test(request.postData() ?? ''),
    );
    await playground.writeTool('Headers', '{ "X-API-Key": "another" }');
    expect((await (await schemaRequest).response())?.status()).toBe(401);
  });

  test('sends requests to the gateway only, reports no error and does not store the key', async () => {
    const { page, playground, origins, complaints } = await openPlayground();
    await playground.chooseTab('CreateJob');
    await playground.writeTool('Headers', '{ "X-API-Key": "dev-api-key-12345", "X-Request-Id": "kept-nowhere" }');
    await playground.run.click();
    await expect.poll(() => playground.readResponse()).toContain('"status": "PENDING"');
    await page.getByRole('button', { name: 'Prettify' }).click();
    // The page stores its state with a delay, and starts its web workers on first use.
    await expect.poll(() => page.evaluate(() => JSON.stringify(localStorage))).toContain('CreateJob');
    await page.reload();
    await playground.waitUntilReady();
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    expect(kept).not.toMatch(/dev-api-key|kept-nowhere/);
    expect(kept).toContain('createJob');
    expect(await playground.readTool('Headers')).toContain('dev-api-key-12345');
    expect([...origins]).toEqual([dev.url]);
    expect(complaints).toEqual([]);
  });

  test('fits the screen of a phone', async () => {
    const { page, playground } = await openPlayground();
    await page.setViewportSize({ width: 390, height: 844 });
    await playground.run.click();
    await expect.poll(() => playground.readResponse()).toContain('"name": "dev"');
    const widths = await page.evaluate(() =>
      ['.graphiql-query-editor', '.graphiql-response'].map((part) => document.querySelector(part)?.clientWidth),
    );
    for (const width of widths) expect(width).toBeGreaterThan(340);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByText('Root Types').waitFor();
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    await playground.run.click();
  });
});

test('ENABLE_PLAYGROUND=false removes the playground and its line in the output', async () => {
  const dev = await startDev(productFiles, { LOCAL_DATA_DIR: 'memory', ENABLE_PLAYGROUND: 'false' });
  const replies = await Promise.all(['/playground', '/playground/settings.json'].map((path) => fetch(dev.url + path)));
  expect(replies.map(({ status }) => status)).toEqual([404, 404]);
  expect(dev.stdout()).not.toContain('playground');
  await dev.end('SIGINT');
});
