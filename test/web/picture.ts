import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pixelmatch from 'pixelmatch';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { onTestFinished } from 'vitest';
import { dayMs } from './console-data.ts';

/** The time that pages of pictures believe to be now. */
const pictureTimeMs = Date.UTC(2026, 10, 20, 12);
const maxBytes = 100 * 1024;
const maxDifference = 0.005;

/** Noon of yesterday, UTC: the end of what `fillConsole` writes. Pictures show it as the time of pictures. */
export function findDataEnd(): Date {
  return new Date(Math.floor(Date.now() / dayMs) * dayMs - dayMs / 2);
}

export interface PictureOptions {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/**
 * Opens a page whose pixels depend on nothing of this machine or day: its clock stands still, the times in replies of GraphQL are moved to
 * that clock and those in requests back, and its fonts are those that Debian installs with Chromium. What happened after `findDataEnd`
 * happened in this run, and is shown as now.
 */
export async function openForPicture(
  browser: Browser,
  url: string,
  { width, colorScheme }: PictureOptions,
): Promise<Page> {
  const context = await browser.newContext({
    bypassCSP: true,
    colorScheme,
    locale: 'en-US',
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    viewport: { width, height: 720 },
  });
  const page = await context.newPage();
  onTestFinished(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  });
  page.setDefaultTimeout(90_000);
  await page.clock.setFixedTime(pictureTimeMs);
  await page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => {
      const style = document.createElement('style');
      style.textContent = `:root { --font: "DejaVu Sans"; --mono: "DejaVu Sans Mono"; }
        * { caret-color: transparent !important; transition: none !important; animation: none !important; }`;
      document.head.append(style);
    });
  });
  const dataEndMs = findDataEnd().getTime();
  const shiftMs = dataEndMs - pictureTimeMs;
  await page.route('**/graphql', async (route) => {
    const request = route.request();
    const postData = replaceTimes(request.postData() ?? '', (timeMs) => timeMs + shiftMs);
    if (request.headers().accept === 'text/event-stream') return await route.continue({ postData });
    const response = await route.fetch({ postData });
    const body = replaceTimes(await response.text(), (timeMs) => Math.min(timeMs, dataEndMs) - shiftMs);
    await route.fulfill({ response, body });
  });
  await page.goto(url);
  return page;
}

function replaceTimes(text: string, replace: (timeMs: number) => number): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) =>
    new Date(replace(Date.parse(time))).toISOString(),
  );
}

/**
 * Compares what a page shows with a committed picture. Returns what is wrong, or nothing. Writes the picture if UPDATE_PICTURES is set.
 */
export async function comparePicture(page: Page, path: string): Promise<string | undefined> {
  const bytes = await page.screenshot({ animations: 'disabled' });
  if (bytes.length > maxBytes) return `the picture has ${bytes.length} bytes, and may have ${maxBytes}`;
  if (process.env.UPDATE_PICTURES) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    return undefined;
  }
  if (!existsSync(path)) return `there is no picture ${path}: make it with UPDATE_PICTURES=1`;
  const [actual, expected] = [PNG.sync.read(bytes), PNG.sync.read(await readFile(path))];
  const { width, height } = actual;
  if (width !== expected.width || height !== expected.height) return `the picture is ${width} × ${height} pixels`;
  const differing = pixelmatch(actual.data, expected.data, undefined, width, height, { threshold: 0.1 });
  const difference = differing / (width * height);
  if (difference <= maxDifference) return undefined;
  const file = join(await mkdtemp(join(tmpdir(), 'picture-')), 'actual.png');
  await writeFile(file, bytes);
  return `${(difference * 100).toFixed(2)} % of the pixels differ: see ${file}, and set UPDATE_PICTURES=1 to accept it`;
}
