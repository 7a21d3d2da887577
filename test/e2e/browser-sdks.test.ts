import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type BrowserPage, testBrowsers } from '../support/browsers.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { defaultReplyText } from '../support/provider-server/known-models.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ReportedError } from './sdk-page.ts';

const openAi = { text: defaultReplyText('openai'), code: 'rate_limit_exceeded' };
const anthropic = { text: defaultReplyText('anthropic'), code: 'rate_limit_error' };
const sdks = [
  ['openai', openAi],
  ['@anthropic-ai/sdk', anthropic],
  ['ai with @ai-sdk/openai', openAi],
  ['ai with @ai-sdk/openai-compatible', openAi],
  ['ai with @ai-sdk/anthropic', anthropic],
] as const;

/** Serves the same page from two origins. The gateway allows the first. */
let servers: Server[] = [];
let gateway: MiniflareGateway;
let query: URLSearchParams;

const isAnyInstalled = testBrowsers.some(({ isInstalled }) => isInstalled);

beforeAll(async () => {
  if (!isAnyInstalled) return;
  const html = bundlePage();
  servers = [servePage(html), servePage(html)];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  // Long time-outs, so that none of them ends a held stream.
  const timeouts = { FIRST_BYTE_TIMEOUT_MS: '60000', CHUNK_TIMEOUT_MS: '60000', TOTAL_TIMEOUT_MS: '60000' };
  const variables = () => ({ ...timeouts, CORS_ORIGINS: originOf(servers[0]) });
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), variables });
  const { key } = await gateway.createTenant();
  query = new URLSearchParams({ gateway: gateway.directUrl, key });
});

afterAll(async () => {
  for (const server of servers) server.close();
  await gateway?.stop();
});

describe.each(testBrowsers.filter(({ isInstalled }) => isInstalled))('a page of another origin in $name', (browser) => {
  let close: () => Promise<void> = async () => undefined;
  let page: PageCalls;
  let foreignPage: PageCalls;

  beforeAll(async () => {
    const running = await browser.start();
    close = running.close;
    const open = async (server: Server | undefined) =>
      pageCalls(await running.openPage(`${originOf(server)}/?${query}`));
    [page, foreignPage] = await Promise.all([open(servers[0]), open(servers[1])]);
  });

  afterAll(() => close());

  describe.each(sdks)('with %s', (sdk, { text, code }) => {
    /** A unique text that identifies the requests of one test at the provider. */
    const mark = (name: string) => `${browser.name}-${sdk.replaceAll(/\W/g, '-')}-${name}`;

    it('gets a whole reply', async () => {
      expect(await page.call('create', sdk, 'Hello')).toBe(text);
    });

    it('gets the text of a stream before the stream ends', async () => {
      await page.call('startStream', sdk, `[[scenario:held mark=${mark('stream')} after=2]] Hello`);
      await waitForText(page, text);
      await gateway.releaseReplies(mark('stream'));
      expect(await page.call('endStream')).toBe(text);
    });

    it('runs a tool with the helper of the SDK', async () => {
      expect(await page.call('runTool', sdk, '[[scenario:echo]] [[tool:get_weather]]')).toContain('Sunny');
    });

    it('reads status, code and request id of an error reply', async () => {
      const error = (await page.call('reportError', sdk, '[[scenario:status code=429]]')) as ReportedError;
      expect(error).toEqual({ status: 429, code, requestId: expect.stringMatching(/^req_/) });
    });

    it('ends the call at the provider when it aborts a stream', async () => {
      // The runtime detects a closed connection on write, so the stream has to continue.
      await page.call('startStream', sdk, `[[scenario:paced ms=20 chunks=5000]] ${mark('abort')}`);
      await waitFor(async () => expect(await page.call('readStream')).toContain('chunk-3 '));
      await page.call('abortStream');
      await waitFor(async () => {
        const { requests } = await gateway.readProviderTraffic(mark('abort'));
        expect(requests).toMatchObject([{ aborted: true }]);
      });
    });

    it('reads no reply if its origin is not allowed', async () => {
      const prompt = `Hello from ${mark('foreign')}`;
      expect(await foreignPage.call('reportError', sdk, prompt)).toEqual({});
      expect((await gateway.readProviderTraffic(mark('foreign'))).requests).toEqual([]);
    });
  });
});

interface PageCalls {
  /** Calls a method of the object of the page. */
  readonly call: (method: string, ...args: readonly string[]) => Promise<unknown>;
}

function pageCalls(page: BrowserPage): PageCalls {
  return { call: (method, ...args) => page.evaluate(`page.${method}(...${JSON.stringify(args)})`) };
}

/** Waits for the start of a text. Throws if the whole text is already there. */
async function waitForText(page: PageCalls, whole: string): Promise<void> {
  const text = await waitFor(async () => {
    const read = await page.call('readStream');
    expect(read).not.toBe('');
    return read;
  });
  expect(whole.startsWith(String(text))).toBe(true);
  expect(text).not.toBe(whole);
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('sdk-page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    charset: 'ascii',
  });
  const script = outputFiles[0]?.text.replaceAll('</script', '<\\/script');
  return `<!doctype html><meta charset="utf-8"><title>SDKs</title><script type="module">${script}</script>`;
}

function servePage(html: Promise<string>): Server {
  const server = createServer(async (_, response) => response.setHeader('content-type', 'text/html').end(await html));
  return server.listen(0, '127.0.0.1');
}

function originOf(server: Server | undefined): string {
  const address = server?.address();
  if (typeof address !== 'object' || address === null) throw new Error('The page is not served.');
  return `http://127.0.0.1:${address.port}`;
}
