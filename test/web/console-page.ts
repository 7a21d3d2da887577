import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type DevProcess, productFiles, startDev } from '../support/dev-process.ts';
import { type OpenedPage, openPage, startChromium } from './chromium.ts';

export const devKey = 'dev-api-key-12345';

/** `npm run dev` with empty embedded engines, and a browser. */
export interface ConsoleTest {
  readonly dev: DevProcess;
  readonly browser: Browser;
  /** Opens a path below `/console`, signed in with the dev key. */
  readonly openConsole: (path?: string) => Promise<OpenedPage>;
  /** Opens a path below `/console`, signed in with another key. */
  readonly openConsoleAs: (apiKey: string, path?: string) => Promise<OpenedPage>;
  /** Sends JSON to the gateway with the dev key, and reads the JSON of the reply. */
  readonly post: <Reply = Record<string, unknown>>(
    path: string,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Reply>;
  /** Runs a GraphQL document with the dev key. Throws on an error. */
  readonly graphql: <Data>(query: string, variables?: object) => Promise<Data>;
  readonly stop: () => Promise<void>;
}

export async function startConsole(variables: Readonly<Record<string, string>> = {}): Promise<ConsoleTest> {
  const [dev, browser] = await Promise.all([
    startDev(productFiles, { LOCAL_DATA_DIR: 'memory', ...variables }),
    startChromium(),
  ]);
  const openConsole = (path = '') => openPage(browser, `${dev.url}/console${path}`);
  const post: ConsoleTest['post'] = async (path, body, headers = {}) => {
    const sent = { 'x-api-key': devKey, 'content-type': 'application/json', ...headers };
    const response = await fetch(`${dev.url}${path}`, { method: 'POST', headers: sent, body: JSON.stringify(body) });
    return await response.json();
  };
  return {
    dev,
    browser,
    openConsole,
    openConsoleAs: async (apiKey, path = '') => {
      const opened = await openConsole(path);
      const { page } = opened;
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key').fill(apiKey);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      return opened;
    },
    post,
    graphql: async <Data>(query: string, queryVariables: object = {}) => {
      const { data, errors } = await post<{ data: Data; errors?: unknown }>('/graphql', {
        query,
        variables: queryVariables,
      });
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    stop: async () => {
      await browser.close();
      await dev.end('SIGINT');
    },
  };
}

/** Reloads a page until it shows what comes a little later, such as a row of the ledger. */
export async function reloadUntilVisible(page: Page, expected: Locator): Promise<void> {
  const isVisible = async () => {
    await page.reload();
    return await expected.waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(isVisible).toBe(true);
}

/** Lists what axe finds to be a serious obstacle. */
export async function findObstacles(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
