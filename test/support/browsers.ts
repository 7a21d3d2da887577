import { existsSync } from 'node:fs';
import { type LaunchOptions, launch } from 'puppeteer-core';
import { hasChromium, startChromium } from '../web/chromium.ts';

/** A browser in which a test can open a page. */
export interface TestBrowser {
  readonly name: string;
  readonly isInstalled: boolean;
  readonly start: () => Promise<RunningBrowser>;
}

interface RunningBrowser {
  readonly openPage: (url: string) => Promise<BrowserPage>;
  readonly close: () => Promise<void>;
}

export interface BrowserPage {
  /** Evaluates a script in the page and resolves with its value, after the value's promise if it is one. */
  readonly evaluate: (script: string) => Promise<unknown>;
}

const firefoxPath = '/usr/bin/firefox-esr';
/** Whether this machine has Firefox. Prints a warning if not. */
export const hasFirefox = existsSync(firefoxPath);
if (!hasFirefox) console.warn(`SKIPPED: there is no ${firefoxPath} (Debian: firefox-esr), so no page is opened in it.`);

/** How Puppeteer starts it, without access to other machines. */
export const firefoxOptions: LaunchOptions = {
  browser: 'firefox',
  executablePath: firefoxPath,
  extraPrefsFirefox: { 'network.proxy.type': 0, 'network.captive-portal-service.enabled': false },
};

/** Chromium and Firefox of Debian. Playwright requires its own build of Firefox, so Puppeteer drives this one. */
export const testBrowsers: readonly TestBrowser[] = [
  {
    name: 'Chromium',
    isInstalled: hasChromium,
    async start() {
      const browser = await startChromium();
      return { openPage: (url) => open(() => browser.newPage(), url), close: () => browser.close() };
    },
  },
  {
    name: 'Firefox',
    isInstalled: hasFirefox,
    async start() {
      const browser = await launch(firefoxOptions);
      return { openPage: (url) => open(() => browser.newPage(), url), close: () => browser.close() };
    },
  },
];

type Page = BrowserPage & { readonly goto: (url: string) => Promise<unknown> };

async function open(newPage: () => Promise<Page>, url: string): Promise<BrowserPage> {
  const page = await newPage();
  await page.goto(url);
  return page;
}
