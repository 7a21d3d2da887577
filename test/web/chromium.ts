import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const executablePath = '/usr/bin/chromium';

/** Whether this machine has the browser. Prints a warning if not. */
export const hasChromium = existsSync(executablePath);
if (!hasChromium) console.warn(`SKIPPED: there is no ${executablePath} (Debian: chromium), so no page is opened.`);

/** A page with its requests and errors. */
export interface OpenedPage {
  readonly page: Page;
  /** The origins of all requests. */
  readonly origins: Set<string>;
  /** All console messages and uncaught errors. */
  readonly complaints: string[];
}

/** Starts Chromium without access to other machines and without background requests. */
export async function startChromium(): Promise<Browser> {
  const quiet = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map((name) => `--disable-${name}`);
  const onlyHere = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--no-first-run', onlyHere, ...quiet] });
}

/** Opens a page in a browser context without history. */
export async function openPage(browser: Browser, url: string): Promise<OpenedPage> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  // A page loads a few megabytes of script, and the machine may be busy.
  page.setDefaultTimeout(90_000);
  const origins = new Set<string>();
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:') origins.add(origin);
  });
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, origins, complaints };
}
