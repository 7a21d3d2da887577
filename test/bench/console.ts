/**
 * `npm run bench:console [ROWS]`: how long a visitor of the console waits. Opens it in Chromium on a slow connection, opens the request log
 * over so many rows (10 million unless told otherwise) in a PostgreSQL on 127.0.0.1:5432, and follows 50 requests a second. Needs 12 GB of
 * disk and some minutes to fill a database, which it drops in the end.
 */
import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { productFiles, startDev } from '../support/dev-process.ts';
import { startChromium } from '../web/chromium.ts';
import { dropDatabase, endMs, openFilledDatabase } from './request-log-database.ts';
import { percentile, round } from './statistics.ts';

const rows = Number(process.argv[2] ?? 10_000_000);
const databaseName = 'aggregator_bench_console';
const devKey = 'dev-api-key-12345';
const visits = 5;
const slowNetwork = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 };
const watchLongTasks = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ entryTypes: ['longtask'] });
`;
const tail = { perSecond: 50, seconds: 20 };

/** What a page shows once it is usable, by its path below `/console`. */
const shownSelectors = { overview: '.figures dd', requests: 'tbody tr' } as const;

/**
 * Records in the page when an element is first shown, in ms since the navigation began: a test that asks from outside sees it up to half
 * a second later.
 */
function watchShown(selector: string): void {
  const watch = () => {
    if (document.querySelector(selector)) Object.assign(globalThis, { shownAtMs: performance.now() });
    else requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}

async function readShownMs(page: Page): Promise<number> {
  const shownAtMs = await page.waitForFunction(() => (globalThis as unknown as { shownAtMs?: number }).shownAtMs);
  return Number(await shownAtMs.jsonValue());
}

const browser = await startChromium();
// A visitor's browser has a machine of its own: the gateway, which starts later, gives way to it.
setPriority(10);
try {
  console.log(JSON.stringify({ firstVisit: await measureFirstVisits() }));
  console.log(JSON.stringify({ liveTail: await measureLiveTail() }));
  console.log(JSON.stringify({ log: await measureLog() }));
} finally {
  await browser.close();
}

/** Opens the overview with an empty cache, 1.6 Mbit/s and 150 ms away, compressed as the edge compresses. */
async function measureFirstVisits() {
  const dev = await startDev(productFiles, { LOCAL_DATA_DIR: 'memory' });
  const edge = await startCompressingProxy(dev.url);
  const measured: { usableMs: number; bytes: number; requestsBeforePaint: number }[] = [];
  await send(dev.url);
  await setTimeout(3_000);
  for (let visit = 0; visit < visits; visit += 1) measured.push(await visitOverview(browser, edge.url));
  await edge.stop();
  await dev.end('SIGINT');
  const median = (values: number[]) =>
    percentile(
      values.toSorted((left, right) => left - right),
      50,
    );
  return {
    usableMs: round(median(measured.map(({ usableMs }) => usableMs))),
    kilobytes: round(median(measured.map(({ bytes }) => bytes)) / 1_000, 1),
    graphqlBeforeFirstPaint: Math.max(...measured.map(({ requestsBeforePaint }) => requestsBeforePaint)),
  };
}

async function visitOverview(inBrowser: Browser, url: string) {
  const context = await inBrowser.newContext();
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', slowNetwork);
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  const sentAtMs: number[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/graphql') sentAtMs.push(Date.now());
  });
  await page.addInitScript(watchShown, shownSelectors.overview);
  await page.goto(`${url}/console`, { waitUntil: 'commit' });
  const usableMs = await readShownMs(page);
  const paintMs = await page.evaluate(
    () => performance.timeOrigin + (performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0),
  );
  await page.getByRole('figure').first().waitFor();
  await context.close();
  return { usableMs, bytes, requestsBeforePaint: sentAtMs.filter((atMs) => atMs < paintMs).length };
}

/** Follows requests that come, and lists the tasks that kept the page from answering its visitor. */
async function measureLiveTail() {
  const dev = await startDev(productFiles, { LOCAL_DATA_DIR: 'memory' });
  const page = await openPage(`${dev.url}/console/requests?live=1`);
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.evaluate(watchLongTasks);
  const sent: Promise<void>[] = [];
  for (let index = 0; index < tail.perSecond * tail.seconds; index += 1) {
    sent.push(send(dev.url));
    await setTimeout(1_000 / tail.perSecond);
  }
  await Promise.all(sent);
  await setTimeout(3_000);
  const longTaskMs = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
  const shownRows = (await page.getByRole('row').count()) - 1;
  await page.context().close();
  await dev.end('SIGINT');
  return { requests: sent.length, shownRows, longTaskMs };
}

/** Opens the log. Returns the ms from its query to its first row. */
async function measureLog() {
  const databaseUrl = await openFilledDatabase(databaseName, rows);
  const dev = await startDev(productFiles, { DATABASE_URL: databaseUrl, LOCAL_DATA_DIR: 'memory' });
  const period = `since=${new Date(endMs - 7 * 86_400_000).toISOString()}&until=${new Date(endMs).toISOString()}`;
  const views = { newest: period, failed: `${period}&status=FAILED`, tenant: `${period}&tenantId=ten_0000` };
  const figures: Record<string, number> = {};
  const page = await openPage(`${dev.url}/console/requests?${period}`);
  await page.getByRole('row').nth(1).waitFor();
  await page.addInitScript(watchShown, shownSelectors.requests);
  for (const [view, search] of Object.entries(views)) {
    const samples: number[] = [];
    for (let visit = 0; visit < visits; visit += 1) {
      const querySent = page.waitForRequest((request) => request.postData()?.includes('requests(') ?? false);
      await page.goto(`${dev.url}/console/requests?${search}`, { waitUntil: 'commit' });
      const shownMs = await readShownMs(page);
      const { startTime } = (await querySent).timing();
      samples.push((await page.evaluate(() => performance.timeOrigin)) + shownMs - startTime);
    }
    figures[view] = round(
      percentile(
        samples.toSorted((left, right) => left - right),
        50,
      ),
    );
  }
  await page.context().close();
  await dev.end('SIGINT');
  await dropDatabase(databaseName);
  return { rows, msFromQueryToRows: figures };
}

async function openPage(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

async function send(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-api-key': devKey, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'stub', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.text();
}

/** Starts a server that forwards to the gateway and compresses what it returns. */
async function startCompressingProxy(url: string) {
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, 'accept-encoding': 'identity' };
    const forwarded = sendRequest(`${url}${incoming.url}`, { method: incoming.method ?? 'GET', headers }, (reply) => {
      const { 'content-length': _, ...replyHeaders } = reply.headers;
      outgoing.writeHead(reply.statusCode ?? 502, { ...replyHeaders, 'content-encoding': 'gzip' });
      reply.pipe(createGzip()).pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
