import { existsSync } from 'node:fs';
import { launch } from 'puppeteer-core';
import { hasChromium, startChromium } from '../web/chromium.ts';

/** A browser that a test can open a page in. */
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
  /** Evaluates a script in the page, waits for the promise that it may give, and gives its value. */
  readonly evaluate: (script: string) => Promise<unknown>;
}

const firefoxPath = '/usr/bin/firefox-esr';
const hasFirefox = existsSync(firefoxPath);
if (!hasFirefox) console.warn(`SKIPPED: there is no ${firefoxPath} (Debian: firefox-esr), so no page is opened in it.`);

/** Chromium and Firefox as Debian has them. Playwright drives only a Firefox of its own build, so Puppeteer drives this one. */
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
      const browser = await launch({
        browser: 'firefox',
        executablePath: firefoxPath,
        extraPrefsFirefox: { 'network.proxy.type': 0, 'network.captive-portal-service.enabled': false },
      });
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
