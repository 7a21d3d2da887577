import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatDollars } from '../../../src/cli/format-report.ts';
import { openRunningDatabase } from '../../../src/cli/open-admin-database.ts';
import { parseReconcileOptions } from '../../../src/cli/reconcile-options.ts';
import { readRunningServices } from '../../../src/dev/running-services.ts';
import { openRedis } from '../../../src/limits/redis-client.ts';
import { type DevProcess, productFiles, startDev } from '../../support/dev-process.ts';
import { filterRunning, listProcessTree } from '../../support/processes.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'reconcile-'));
const announcement = join(dataDir, 'services.json');
const noGateway = { code: 1, stdout: '', stderr: expect.stringMatching(/^There is no gateway to look at\. .*\n$/) };
const today = new Date().toISOString().slice(0, 10);

let dev: DevProcess;

beforeAll(async () => {
  dev = await startDev(productFiles, { LOCAL_DATA_DIR: dataDir });
}, 90_000);
afterAll(() => {
  for (const { pid } of filterRunning(listProcessTree(dev.pid))) process.kill(pid, 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

/** Runs a command as npm does, with nothing of this machine's own settings. */
function run(command: 'admin' | 'reconcile', ...args: string[]) {
  const script = fileURLToPath(new URL(`../../../src/cli/${command}.ts`, import.meta.url));
  const unset = { DATABASE_URL: '', UPSTASH_REDIS_REST_URL: '', UPSTASH_REDIS_REST_TOKEN: '' };
  const env = { PATH: process.env.PATH, LOCAL_DATA_DIR: dataDir, ...unset };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

function services() {
  const running = readRunningServices(dataDir);
  if (!running) throw new Error('the stack is not announced');
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = running;
  return { database: openRunningDatabase(running), redis: openRedis({ url, token, timeoutMs: 10_000 }) };
}

describe('npm run reconcile, beside npm run dev', () => {
  let tenantId: string;

  test('reconciles the requests of a tenant that the admin command has created', async () => {
    expect(statSync(announcement).mode & 0o777).toBe(0o600);
    const created = await run('admin', 'create-tenant', 'acme', '--daily-budget', '1');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    tenantId = /ten_\w+/.exec(created.stdout)?.[0] ?? '';
    const key = /aia_\w{46}/.exec(created.stdout)?.[0] ?? '';
    const reply = await fetch(`${dev.url}/api/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ prompt: 'Hello', provider: 'stub' }),
    });
    expect(reply.status).toBe(200);
    const rows = async () => (await services().database.execute(sql`SELECT 1 FROM usage_ledger`)).rows.length;
    await expect.poll(rows).toBe(1);
    expect(await run('reconcile')).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^From .*-01T00:00:00.000Z to .*\nLedger {4}\$0\.00 for 1 calls\nGraphQL {3}\$0\.00 for 1 calls\nThe bill adds up\.\n$/,
      ),
      stderr: '',
    });
  }, 60_000);

  test('lists an unsettled hold and settles it at the cost of its option', async () => {
    const record = `50000000|0|${Date.now() - 3_600_000}|key_x|${today}`;
    await services().redis.hset(`limits:{${tenantId}}:holds`, { lease_left: record });
    const listed = await run('reconcile');
    expect(listed).toMatchObject({ code: 1, stderr: '' });
    expect(listed.stdout).toContain(`1 holds are unsettled`);
    expect(listed.stdout).toContain(`  lease_left ${tenantId} key_x ${today} $0.05, for 60 minutes\n`);
    const json = JSON.parse((await run('reconcile', '--json')).stdout);
    expect(json).toMatchObject({ addsUp: false, unsettled: [{ id: 'lease_left', amountNanoUsd: '50000000' }] });

    expect(await run('reconcile', '--settle', 'lease_left', '--cost', '0.0123')).toMatchObject({
      code: 0,
      stdout: `Settled lease_left: of $0.05 held, $0.0123 are charged to key_x on ${today}.\n`,
    });
    expect(await run('reconcile', '--settle', 'lease_left', '--cost', '0.0123')).toMatchObject({
      code: 1,
      stderr: 'There is no hold lease_left, or no longer.\n',
    });
    const after = await run('reconcile', '--from', today);
    expect([after.code, after.stdout]).toEqual([0, expect.stringContaining('Ledger    $0.0123 for 2 calls\n')]);
  }, 90_000);

  test('reports wrong sums and repairs them', async () => {
    await services().database.execute(sql`UPDATE usage_rollups SET cost_nano_usd = 5 WHERE source = 'adjustment'`);
    const found = await run('reconcile');
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('GraphQL   $0.000000005 for 2 calls: not what the ledger says\n');
    expect(found.stdout).toContain('$0.000000005 for 1 calls, by the ledger $0.0123 for 1 calls\n');
    expect(found.stdout).toMatch(/The bill does not add up\. .*\n$/);
    const repaired = await run('reconcile', '--repair');
    expect([repaired.code, repaired.stdout]).toEqual([0, expect.stringMatching(/\(repaired\)\nThe bill adds up\.\n$/)]);
    expect((await run('reconcile')).stdout).not.toContain('repaired');
  }, 90_000);

  test('explains how to start if no gateway runs, after a stop and after a kill', async () => {
    const left = readFileSync(announcement, 'utf8');
    await dev.end('SIGINT');
    expect(existsSync(announcement)).toBe(false);
    expect(await run('reconcile')).toEqual(noGateway);
    writeFileSync(announcement, left);
    expect(await run('reconcile')).toEqual(noGateway);
    expect((await run('admin', 'list-tenants')).stderr).toContain('DATABASE_URL must be set');
  }, 60_000);
});

describe('the options', () => {
  const now = new Date('2026-11-24T10:30:00Z');

  test('set the period and the mode, and default to the current month so far', () => {
    expect(parseReconcileOptions([], now)).toEqual({
      from: new Date('2026-11-01T00:00:00Z'),
      to: now,
      repair: false,
      json: false,
      settle: undefined,
    });
    const all = ['--from', '2026-10-01', '--to', '2026-10-02T08:00Z', '--repair', '--json', '--settle', 'lease_1'];
    expect(parseReconcileOptions(all, now)).toEqual({
      from: new Date('2026-10-01T00:00:00Z'),
      to: new Date('2026-10-02T08:00:00Z'),
      repair: true,
      json: true,
      settle: { holdId: 'lease_1', costNanoUsd: 0n },
    });
    const cost = parseReconcileOptions(['--settle', 'lease_1', '--cost', '0.000000001'], now).settle?.costNanoUsd;
    expect(cost).toBe(1n);
  });

  test.each([
    [['--from', 'yesterday'], '--from must be'],
    [['--to', '2026-13-01'], '--to must be'],
    [['--from', '2026-11-24', '--to', '2026-11-24'], '--from must be before --to'],
    [['--cost', '1'], '--cost is for --settle'],
    [['--settle', 'lease_1', '--cost', '1e-3'], '--cost must be dollars'],
    [['--nonsense'], 'Usage: npm run reconcile'],
  ])('are rejected if they are invalid: %j', (args, message) => {
    expect(() => parseReconcileOptions(args, now)).toThrow(message);
  });
});

test.each([
  [0n, '$0.00'],
  [7_050n, '$0.00000705'],
  [-1_500_000_000n, '-$1.50'],
  [12_345_678_901n, '$12.345678901'],
])('%i nano-dollars are shown as %s', (amount, shown) => {
  expect(formatDollars(amount)).toBe(shown);
});
