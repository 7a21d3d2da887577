import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { hashKey } from '../../../src/auth/hash-key.ts';
import { ProviderKeyVault } from '../../../src/auth/provider-key-vault.ts';
import { adminCommands } from '../../../src/cli/admin-commands.ts';
import { parseCommand } from '../../../src/cli/admin-options.ts';
import { openDatabase } from '../../../src/db/client.ts';
import { findPrincipalByKeyHash } from '../../../src/db/queries/principals.ts';
import { startEngines } from '../../support/engines.ts';

const engines = await startEngines('embedded');
afterAll(() => engines.stop());

const { DATABASE_URL: url, DATABASE_HTTP_URL: httpUrl } = engines.variables;
const database = openDatabase({ url, httpUrl, timeoutMs: 10_000 });
const tenants = { database, vault: new ProviderKeyVault(undefined), now: () => Date.now(), local: false };

/** What a command line shows. */
async function admin(line: string): Promise<string> {
  const { values, positionals } = parseCommand(line.split(' '));
  const [name = '', argument = ''] = positionals;
  return (await adminCommands[name]?.run(tenants, argument, values)) ?? 'no such command';
}

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

test.each([
  ['create-tenant many --rpm ten', '--rpm must be a number'],
  ['create-tenant many --daily-budget -1', "Option '--daily-budget' argument is ambiguous"],
  ['create-tenant many --daily-budget=-1', 'limits.dailyBudget: must be dollars'],
  ['create-tenant many --color blue', "Unknown option '--color'"],
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

  test.each([
    [],
    ['nonsense'],
    ['constructor', 'x'],
    ['create-tenant'],
    ['create-tenant', 'a', 'b'],
    ['list-tenants', 'x'],
  ])('prints its usage for %s %s', (...args) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Usage: npm run admin -- COMMAND\n {2}create-tenant NAME/);
  });

  test('reports a missing DATABASE_URL and an unreachable Postgres', () => {
    expect(run(['list-tenants']).stderr).toContain('DATABASE_URL must be set');
    const nowhere = { DATABASE_URL: 'postgres://user:sesame@127.0.0.1:1/none' };
    const { status, stderr } = run(['list-tenants'], nowhere);
    expect([status, stderr]).toEqual([1, expect.stringContaining('DATABASE_URL: that Postgres cannot be used')]);
    expect(stderr).not.toContain('sesame');
  });
});
