import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { firefoxOptions, hasFirefox } from '../support/browsers.ts';
import { type DevProcess, productFiles, startDev } from '../support/dev-process.ts';
import { devKey } from './console-page.ts';

/** Puppeteer drives Debian's Firefox by WebDriver BiDi. */
describe.skipIf(!hasFirefox)('the console in Firefox', () => {
  let dev: DevProcess;
  let browser: Browser;

  beforeAll(async () => {
    [dev, browser] = await Promise.all([startDev(productFiles, { LOCAL_DATA_DIR: 'memory' }), launch(firefoxOptions)]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await dev?.end('SIGINT');
  });

  async function openConsole(path: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    page.setDefaultTimeout(90_000);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${dev.url}/console${path}`);
    return { page, complaints };
  }

  const post = (path: string, body: object) =>
    fetch(`${dev.url}${path}`, {
      method: 'POST',
      headers: { 'x-api-key': devKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('signs in, shows the overview and signs out', async () => {
    const { page, complaints } = await openConsole('');
    await page.locator('::-p-aria(Overview[role="heading"])').wait();
    await page.locator('::-p-text(No requests in this time)').wait();
    await page.locator('::-p-aria(Sign out)').click();
    await page.locator('::-p-aria(API key)').fill(devKey);
    await page.locator('::-p-aria(Sign in)').click();
    await page.locator('::-p-aria(Overview[role="heading"])').wait();
    expect(complaints).toEqual([]);
  });

  test('sends a prompt in the playground, and shows its text, its tokens and its cost', async () => {
    const { page, complaints } = await openConsole('/playground?model=stub');
    await page.locator('::-p-aria(Message[role="textbox"])').fill('Hello from Firefox');
    await page.locator('::-p-aria(Send[role="button"])').click();
    await page.locator('::-p-text(Stub reply to: Hello from Firefox)').wait();
    await page.locator('::-p-text(Cost)').wait();
    expect(complaints).toEqual([]);
  });

  test('asks before Back loses what is typed into a route', async () => {
    const { page, complaints } = await openConsole('/models');
    await page.locator('::-p-aria(New route[role="button"])').click();
    await page.locator('::-p-aria(Name[role="textbox"])').fill('typed');
    await page.evaluate(() => history.back());
    await page.locator('::-p-aria(Go back[role="button"])').click();
    const readName = () => page.$eval('::-p-aria(Name[role="textbox"])', (input) => (input as HTMLInputElement).value);
    expect(await readName()).toBe('typed');
    await page.evaluate(() => history.back());
    await page.locator('::-p-aria(Leave[role="button"])').click();
    await page.locator('::-p-aria(Models[role="heading"])').wait();
    expect(complaints).toEqual([]);
  });

  test('shows requests as they come, and one of them', async () => {
    const { page, complaints } = await openConsole('/requests?live=1');
    await page.locator('::-p-aria(Pause)').wait();
    const messages = [{ role: 'user', content: 'Hello' }];
    await post('/v1/chat/completions', { model: 'stub-error', messages });
    await page.locator('::-p-text(stub-error)').wait();
    const link = await page.$$eval('td a', (links) => links.find(({ href }) => /req_/.test(href))?.href ?? '');
    await page.goto(link);
    await page.locator('::-p-text(provider_error)').wait();
    expect(complaints).toEqual([]);
  });
});
