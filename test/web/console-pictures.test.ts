import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { fillConsole } from './console-data.ts';
import { type ConsoleTest, startConsole } from './console-page.ts';
import { comparePicture, findDataEnd, openForPicture, type PictureOptions } from './picture.ts';

const folder = fileURLToPath(new URL('../../docs/guides/console/', import.meta.url));
const hasFonts = hasChromium && findFont().includes('DejaVu Sans');
if (hasChromium && !hasFonts) console.warn('SKIPPED: there is no font DejaVu Sans, so no pictures are compared.');

const wide: PictureOptions = { width: 1280, colorScheme: 'light' };
const dark: PictureOptions = { width: 1280, colorScheme: 'dark' };
const narrow: PictureOptions = { width: 390, colorScheme: 'light' };

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly options: PictureOptions;
  /** Waits for what the picture is to show. */
  readonly prepare: (page: Page) => Promise<unknown>;
  /** Jobs that are created before. They are in the log too, so the pictures of the log come first. */
  readonly jobs?: readonly object[];
}

async function waitForRow(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Requests' }).getByRole('row').nth(1).waitFor();
}

async function openFallback(page: Page): Promise<void> {
  await page.getByRole('row').filter({ hasText: 'claude-sonnet-4-5' }).getByRole('link').first().click();
  await page.getByRole('list', { name: 'Timeline of the attempts' }).waitFor();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
}

async function waitForCharts(page: Page): Promise<void> {
  await page.getByRole('figure').first().waitFor();
  await page.getByRole('region', { name: 'Usage by model' }).waitFor();
}

async function chat(page: Page): Promise<void> {
  await page.getByLabel('Message').fill('What does a gateway do?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Stub reply to: What does a gateway do?').waitFor();
  await page.getByRole('definition').filter({ hasText: /^\$/ }).waitFor();
}

const pictures: readonly Picture[] = [
  { name: 'overview', path: '/overview?range=30d', options: wide, prepare: waitForCharts },
  { name: 'overview-dark', path: '/overview?range=30d', options: dark, prepare: waitForCharts },
  { name: 'overview-narrow', path: '/overview?range=30d', options: narrow, prepare: waitForCharts },
  {
    name: 'requests',
    path: '/requests?range=7d&fellBack=true&model=claude-sonnet-4-5',
    options: wide,
    prepare: waitForRow,
  },
  {
    name: 'requests-narrow',
    path: '/requests?range=7d&status=FAILED',
    options: { ...narrow, colorScheme: 'dark' },
    prepare: waitForRow,
  },
  { name: 'request', path: '/requests?range=7d&fellBack=true', options: wide, prepare: openFallback },
  {
    name: 'models',
    path: '/models/routes/support',
    options: wide,
    prepare: (page) => page.getByText('Not configured', { exact: true }).waitFor(),
  },
  {
    name: 'tenant',
    path: '/tenants/ten_dev',
    options: wide,
    prepare: (page) => page.getByText('mobile app').waitFor(),
  },
  {
    name: 'settings',
    path: '/settings/audit-log',
    options: wide,
    prepare: (page) => page.getByRole('cell', { name: 'route.set' }).first().waitFor(),
  },
  {
    name: 'jobs',
    path: '/jobs',
    options: wide,
    jobs: [
      { input: 'Translate: good morning', provider: 'stub' },
      { input: 'Summarise: the minutes of the meeting', provider: 'stub' },
      { input: 'word '.repeat(400), provider: 'stub', model: 'stub-slow' },
    ],
    prepare: async (page) => {
      await page.getByRole('cell', { name: 'Completed' }).nth(1).waitFor();
      await page.getByRole('cell', { name: 'Running' }).waitFor();
    },
  },
  { name: 'playground', path: '/playground?model=stub', options: wide, prepare: chat },
  { name: 'sign-in', path: '', options: wide, prepare: signOut },
];

describe.skipIf(!hasFonts)('pictures of the console', () => {
  let running: ConsoleTest;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'console-pictures-'));
    running = await startConsole({ LOCAL_DATA_DIR: dataDir });
    await fillConsole(dataDir, findDataEnd());
    const targets = [
      { provider: 'stub', model: 'stub' },
      { provider: 'openai', model: 'gpt-4o-mini', tier: 2 },
    ];
    await running.graphql('mutation ($input: SetRouteInput!) { setRoute(input: $input) { version } }', {
      input: { name: 'support', targets },
    });
    await running.graphql('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }', {
      input: { tenantId: 'ten_dev', name: 'mobile app', limits: { monthlyBudget: 20, requestsPerMinute: 60 } },
    });
  }, 180_000);

  afterAll(async () => {
    await running?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test.each(pictures)('$name', async ({ name, path, options, prepare, jobs = [] }) => {
    for (const job of jobs) await running.post('/api/jobs', job);
    const page = await openForPicture(running.browser, `${running.dev.url}/console${path}`, options);
    await prepare(page);
    expect(await comparePicture(page, join(folder, `${name}.png`))).toBeUndefined();
  });
});

/** Returns the font that the system has for it, which may be another one. */
function findFont(): string {
  try {
    return execFileSync('fc-match', ['DejaVu Sans'], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
