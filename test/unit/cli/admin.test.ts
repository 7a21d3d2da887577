import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hashKey } from '../../../src/auth/hash-key.ts';
import { findPrincipalByKeyHash } from '../../../src/db/queries/principals.ts';
import { alerts } from '../../../src/db/schema/alerts.ts';
import { webhookDeliveries } from '../../../src/db/schema/webhooks.ts';
import { parseRoutesFile } from '../../../src/env.ts';
import { admin, database, fileRoutes } from './admin-gateway.ts';

const keyIn = (shown: string) => /aia_\w{46}/.exec(shown)?.[0] ?? '';
const callerOf = async (shown: string) => await findPrincipalByKeyHash(database, await hashKey(keyIn(shown)));

test('create-tenant creates a key that works, with the scope admin only if --admin is set', async () => {
  const limits = '--rpm 10 --tpm 2000 --concurrency 3 --daily-budget 0.1 --monthly-budget 2';
  expect(await callerOf(await admin(`create-tenant first ${limits}`))).toMatchObject({
    tenantName: 'first',
    strict: false,
    scopes: ['chat', 'jobs', 'read'],
    tenantLimits: {
      requestsPerMinute: 10,
      tokensPerMinute: 2000,
      concurrency: 3,
      dailyBudgetNanoUsd: 100_000_000n,
      monthlyBudgetNanoUsd: 2_000_000_000n,
    },
  });
  expect(await callerOf(await admin('create-tenant ops --admin'))).toMatchObject({
    scopes: ['chat', 'jobs', 'read', 'admin'],
  });
  await expect(admin('create-tenant first')).rejects.toThrow('There is a tenant named "first" already.');
});

test('create-tenant and create-key set the limits of each end user, and rotated keys keep them', async () => {
  await admin('create-tenant users --end-user-rpm 10 --end-user-daily-budget 0.5');
  const created = await admin('create-key users --rpm 5 --end-user-rpm 4 --end-user-tpm 100 --require-end-user');
  const expected = {
    tenantEndUserLimits: { requestsPerMinute: 10, dailyBudgetNanoUsd: 500_000_000n, concurrency: null },
    keyEndUserLimits: { requestsPerMinute: 4, tokensPerMinute: 100, dailyBudgetNanoUsd: null },
    requireEndUser: true,
  };
  const principal = await callerOf(created);
  expect(principal).toMatchObject(expected);
  expect(await callerOf(await admin(`rotate-key ${principal?.keyId}`))).toMatchObject(expected);
  await expect(admin('create-key users --rpm 5 --end-user-rpm 6')).rejects.toThrow(
    "endUserLimits.requestsPerMinute: each end user's 6 is above the key's 5",
  );
});

test('create-key applies its options, and the key can be rotated, listed and revoked', async () => {
  await admin('create-tenant second --rpm 10');
  const options =
    '--name ci --scopes chat,read --expires-in 3 --providers openai --models gpt-4o,gpt-4o-mini --strict --rpm 5';
  const created = await admin(`create-key second ${options}`);
  const principal = await callerOf(created);
  expect(principal).toMatchObject({
    keyName: 'ci',
    scopes: ['chat', 'read'],
    allowedProviders: ['openai'],
    allowedModels: ['gpt-4o', 'gpt-4o-mini'],
    strict: true,
    keyLimits: { requestsPerMinute: 5 },
  });
  expect(principal?.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 2.9 * 86_400_000);
  const rotated = await admin(`rotate-key ${principal?.keyId} --overlap 60`);
  expect([await callerOf(created), await callerOf(rotated)]).toMatchObject([
    { keyName: 'ci', strict: true },
    { keyName: 'ci', strict: true },
  ]);
  expect(await admin(`revoke-key ${principal?.keyId}`)).toContain('is revoked');
  expect(await callerOf(created)).toBeUndefined();
  const list = await admin('list-keys second');
  expect(list.split('\n')).toHaveLength(4);
  expect(list).toMatch(new RegExp(`${principal?.keyId} .*${keyIn(created).slice(0, 8)}….*revoked`));
  expect(list).not.toContain(keyIn(created));
});

test('store-responses turns the storage of Responses on and off', async () => {
  expect(await callerOf(await admin('create-tenant storing --store-responses'))).toMatchObject({
    storeResponses: true,
  });
  const created = await admin('create-tenant not-storing');
  expect(await callerOf(created)).toMatchObject({ storeResponses: false });
  expect(await admin('store-responses not-storing')).toMatch(/are stored\.$/);
  expect(await callerOf(created)).toMatchObject({ storeResponses: true });
  expect(await admin('store-responses not-storing --off')).toMatch(/are not stored\.$/);
  expect(await callerOf(created)).toMatchObject({ storeResponses: false });
});

test('suspend and resume accept the name or the id of a tenant', async () => {
  const created = await admin('create-tenant third');
  expect(await admin('suspend third')).toContain('is suspended');
  const principal = await callerOf(created);
  expect(principal).toMatchObject({ tenantActive: false });
  expect(await admin('list-tenants')).toMatch(/third +suspended/);
  expect(await admin(`resume ${principal?.tenantId}`)).toContain('is active');
  expect(await callerOf(created)).toMatchObject({ tenantActive: true });
});

test('alerts lists the alerts that have been sent, the active ones first', async () => {
  expect(await admin('alerts')).toBe('No alert has been sent.');
  const counts = {
    attempts: 40,
    failed: 20,
    errorCodes: ['provider_error', 'rate_limited'],
    sampleRequestIds: ['req_1'],
  };
  const since = new Date('2026-11-24T12:00:00Z');
  const state = { name: 'provider.degraded' as const, since, openedAt: since, ...counts };
  await database.insert(alerts).values([
    { ...state, subject: 'claude', active: false, deliveryId: 'whd_gone' },
    { ...state, subject: 'openai', active: true, since: new Date('2026-11-24T11:00:00Z'), deliveryId: 'whd_1' },
  ]);
  const url = 'https://hooks.example.com/';
  const delivery = { id: 'whd_1', event: 'provider.degraded' as const, url, status: 'FAILED' as const };
  await database.insert(webhookDeliveries).values({ ...delivery, error: 'timeout', attemptCount: 9 });
  expect((await admin('alerts')).split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['name', 'subject', 'state', 'since', 'failed', 'errors', 'webhook'],
    [
      ...['provider.degraded', 'openai', 'active', '2026-11-24T11:00:00.000Z', '20 of 40'],
      ...['provider_error,rate_limited', 'failed timeout'],
    ],
    [
      ...['provider.degraded', 'claude', 'ended', '2026-11-24T12:00:00.000Z', '20 of 40'],
      ...['provider_error,rate_limited', 'deleted'],
    ],
  ]);
  expect(JSON.parse(await admin('alerts --json'))).toMatchObject([
    { subject: 'openai', active: true, ...counts, delivery: { id: 'whd_1', error: 'timeout', attemptCount: 9 } },
    { subject: 'claude', active: false, delivery: null },
  ]);
});

test('archives lists none at first, and archive needs a server', async () => {
  expect(await admin('archives')).toBe('No month of the ledger is archived.');
  await expect(admin('archive 2026-01')).rejects.toThrow('DATABASE_URL must be set');
});

describe('routes', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'admin-routes-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** Writes a JSON file, and returns its path. */
  function write(value: unknown): string {
    const path = join(scratch, 'routes.json');
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
    return path;
  }

  const groq = { provider: 'groq', model: 'llama-3.3-70b-versatile', tier: 1, weight: 80 };
  const mini = { provider: 'openai', model: 'gpt-4o-mini', tier: 2, weight: 1, params: { temperature: 0.2 } };
  const large = { provider: 'acme', model: 'acme-large', tier: 1, weight: 3 };

  test('set-route stores a route for all tenants, or for one, and says what has changed', async () => {
    const path = write({ name: 'fast', targets: [large] });
    expect(await admin(`set-route ${path}`)).toBe(
      'Route "fast" (global): created, version 1. It applies everywhere within 20 seconds.',
    );
    expect(await admin(`set-route ${path}`)).toContain('unchanged, version 1');
    expect(await admin(`set-route ${write({ name: 'fast', targets: [large, mini] })}`)).toContain('changed, version 2');
    const claude = { provider: 'claude', model: 'claude-haiku-4-5' };
    expect(await admin(`set-route ${write({ name: 'warned', targets: [claude] })}`)).toContain(
      '\n  Warning: targets[0].provider: "claude" is not configured',
    );
    write({ name: 'fast', targets: [large] });
    const tenantId = /ten_\w+/.exec(await admin('create-tenant routed'))?.[0] ?? '';
    expect(await admin(`set-route ${path} --tenant routed`)).toContain(
      `Route "fast" (${tenantId}): created, version 1`,
    );
    expect(await admin('routes')).toMatch(
      new RegExp(
        `^fast +global +2 +cli +20.*Z +acme/acme-large \\(tier 1, weight 3\\), openai/.*\nfast +${tenantId} +1 +cli`,
        'm',
      ),
    );
    expect(await admin('routes --tenant routed')).not.toMatch(/^fast +global/m);
    expect(await admin('delete-route fast --tenant routed')).toContain(`Route "fast" (${tenantId}) is deleted.`);
    expect(await admin('routes --tenant routed')).toMatch(/^fast +global/m);
    await expect(admin('delete-route fast --tenant routed')).rejects.toThrow('There is no route "fast".');
  });

  test('explain-route shows the targets in their order, with prices, and why one is skipped', async () => {
    await admin(`set-route ${write({ name: 'explained', targets: [mini, large] })}`);
    const lines = (await admin('explain-route explained')).split('\n');
    expect(lines[0]).toBe(
      'Route "explained" (global, version 1): 3 attempts within 60000 ms, sticky none, prompt cache off, cache 0 s.',
    );
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^1 +3 +acme\/acme-large +available +unknown +unknown$/),
      expect.stringMatching(/^2 +1 +openai\/gpt-4o-mini +available +\$0\.15 +\$0\.6$/),
    ]);
    await expect(admin('explain-route explaned')).rejects.toThrow('did you mean "explained"?');
  });

  test('import-routes stores what export-routes has written, once, and nothing with --dry-run', async () => {
    const file = [
      { name: 'imported', targets: [mini] },
      { name: 'imported-too', targets: [large], sticky: 'session', cache: { ttlSeconds: 60 } },
    ];
    const path = write(file);
    const planned = await admin(`import-routes ${path} --dry-run`);
    expect(planned).toMatch(/"imported" \(global\): created, version 1\.(.|\n)*Nothing was stored\.$/);
    expect(await admin('export-routes')).not.toContain('imported');
    await admin(`import-routes ${path}`);
    const exported = await admin('export-routes');
    expect(JSON.parse(exported)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'imported', targets: [mini], retry: { attempts: 3, deadlineMs: 60_000 } }),
        expect.objectContaining({ name: 'imported-too', sticky: 'session', cache: { ttlSeconds: 60 } }),
      ]),
    );
    const again = await admin(`import-routes ${write(exported)}`);
    expect(again.match(/unchanged, version/g)).toHaveLength(JSON.parse(exported).length);
    expect(again).not.toMatch(/created|: changed/);
    expect(await admin('export-routes')).toBe(exported);
  });

  test('import-routes stores nothing where one of the routes is wrong', async () => {
    const path = write([
      { name: 'first', targets: [mini] },
      { name: 'second', tenantId: 'ten_unknown', targets: [mini] },
    ]);
    await expect(admin(`import-routes ${path}`)).rejects.toThrow('There is no tenant ten_unknown.');
    expect(await admin('export-routes')).not.toContain('"first"');
  });

  test('the routes of routes.json are shown behind the stored ones', async () => {
    fileRoutes.push(...parseRoutesFile([{ name: 'filed', targets: [mini] }], undefined));
    expect(await admin('routes')).toMatch(/^filed +global +file/m);
    expect(await admin('explain-route filed')).toContain('Route "filed" (global, routes.json)');
    await admin(`set-route ${write({ name: 'filed', targets: [large] })}`);
    expect(await admin('explain-route filed')).toContain('Route "filed" (global, version 1)');
  });

  test.each<[string, unknown, string]>([
    ['set-route', '{', 'is not JSON'],
    ['set-route', { name: 'x', targets: [{ ...mini, weight: 0 }] }, 'targets[0].weight: must be'],
    [
      'set-route',
      { name: 'x', targets: [{ ...groq, provider: 'gorq' }] },
      'targets[0].provider: "gorq" is not a known',
    ],
    ['import-routes', [{ name: 'x', targets: [] }], '[0].targets: must be a list of 1 to 20 targets'],
  ])('%s rejects %j', async (command, value, message) => {
    await expect(admin(`${command} ${write(value)}`)).rejects.toThrow(message);
  });

  test('a file that is not there is named', async () => {
    await expect(admin('set-route absent.json')).rejects.toThrow('absent.json cannot be read (ENOENT).');
  });
});

test.each([
  ['create-tenant many --rpm ten', '--rpm must be a number'],
  ['create-tenant many --daily-budget -1', "Option '--daily-budget' argument is ambiguous"],
  ['create-tenant many --daily-budget=-1', 'limits.dailyBudget: must be dollars'],
  ['create-tenant many --color blue', 'There is no option "--color".'],
  ['create-tenant many --dayly-budget 1', 'There is no option "--dayly-budget": did you mean "--daily-budget"?'],
  ['list-keys many --rpm 5', 'The command "list-keys" does not take --rpm. It takes --near-limit, --json.'],
  ['create-tenants many', 'There is no command "create-tenants": did you mean "create-tenant"?'],
  ['set-price openai', 'Usage: set-price PROVIDER MODEL [--input DOLLARS]'],
  ['suspend thrid', 'There is no tenant "thrid": did you mean "third"?'],
  ['create-key third --scopes chatt', 'scopes[0]: must be a list of chat, jobs, read, admin: did you mean "chat"?'],
  ['create-key third --providers opnai', 'allowedProviders: "opnai" is unknown: did you mean "openai"?'],
  ['set-provider-key third opnai -', 'did you mean "openai"?'],
  ['set-price opnai gpt-4o --input 1', 'provider: "opnai" is unknown: did you mean "openai"?'],
  ['set-price openai gpt-4o --input 1e3', 'input: must be dollars per million tokens'],
  ['create-key absent', 'There is no tenant "absent".'],
  ['revoke-key key_nobody', 'There is no API key key_nobody.'],
  ['rotate-key key_nobody --overlap 9999999', 'overlapSeconds: must be a whole number from 0 to 2592000'],
])('%s is rejected with a message', async (line, message) => {
  await expect(async () => await admin(line)).rejects.toThrow(message);
});

describe('the command', () => {
  const run = (args: string[], environment: object = {}) =>
    spawnSync(process.execPath, ['src/cli/admin.ts', ...args], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: '', ...environment },
    });

  test.each([[], ['nonsense'], ['constructor', 'x']])('prints the usage of all commands for %s %s', (...args) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^(There is no command .*\n\n)?Usage: npm run admin -- COMMAND\n {2}create-tenant NAME/);
  });

  test.each([
    [
      ['create-tenant'],
      'create-tenant NAME [--admin] [--store-responses] [--webhook-url URL] [--tag-names A,B] [LIMITS]',
    ],
    [['create-tenant', 'a', 'b'], 'create-tenant NAME'],
    [['list-tenants', 'x'], 'list-tenants'],
    [['explain-route'], 'explain-route NAME [--tenant TENANT]'],
  ])('prints the usage of a command for %j', (args, usage) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining(`Usage: ${usage}`)]);
  });

  test('reports a missing DATABASE_URL and an unreachable Postgres', () => {
    expect(run(['list-tenants']).stderr).toContain('DATABASE_URL must be set');
    const nowhere = { DATABASE_URL: 'postgres://user:sesame@127.0.0.1:1/none' };
    const { status, stderr } = run(['list-tenants'], nowhere);
    expect([status, stderr]).toEqual([1, expect.stringContaining('DATABASE_URL: that Postgres cannot be used')]);
    expect(stderr).not.toContain('sesame');
  });
});
