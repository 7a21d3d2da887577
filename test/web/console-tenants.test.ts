import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, startConsole } from './console-page.ts';

const messages = [{ role: 'user', content: 'Hello' }];
const encryptionKey = Buffer.alloc(32, 7).toString('base64');

interface CreatedKey {
  readonly createApiKey: { readonly key: string; readonly apiKey: { readonly id: string } };
}

describe.skipIf(!hasChromium)('the page of keys and tenants in a browser', () => {
  let running: ConsoleTest;
  let ownTenantId: string;

  beforeAll(async () => {
    running = await startConsole({ ENCRYPTION_KEY: encryptionKey });
    const { me } = await running.graphql<{ me: { id: string } }>('{ me { id } }');
    ownTenantId = me.id;
  });

  afterAll(() => running?.stop());

  const createTenant = async (name: string, input: object = {}) => {
    const query = 'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id } }';
    const data = await running.graphql<{ createTenant: { id: string } }>(query, { input: { name, ...input } });
    return data.createTenant.id;
  };
  const createKey = async (input: object) => {
    const query = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }';
    const { createApiKey } = await running.graphql<CreatedKey>(query, { input: { tenantId: ownTenantId, ...input } });
    return { key: createApiKey.key, id: createApiKey.apiKey.id };
  };
  const readKey = async <Key>(id: string, fields: string) => {
    const query = `query ($id: ID!) { node(id: $id) { ... on ApiKey { ${fields} } } }`;
    return (await running.graphql<{ node: Key }>(query, { id })).node;
  };
  const chat = async (apiKey: string, headers: Readonly<Record<string, string>> = {}, model = 'stub') => {
    const sent = { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers };
    const body = JSON.stringify({ model, messages });
    return (await fetch(`${running.dev.url}/v1/chat/completions`, { method: 'POST', headers: sent, body })).status;
  };

  test('creates a key with $20 a month by the labels of the page, and the key works', async () => {
    const { page, complaints } = await running.openConsole();
    await page.getByRole('link', { name: 'Keys and tenants' }).click();
    await page.getByRole('row').filter({ hasText: 'your tenant' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByLabel('Name').fill('anna');
    await page.getByLabel('Budget a month, dollars').fill('20');
    expect(await findObstacles(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    const dialog = page.getByRole('dialog', { name: 'The new API key' });
    const key = await dialog.getByText(/^aia_\w+$/).innerText();
    await dialog.getByText('it is shown this once, and cannot be shown again').waitFor();

    await dialog.getByRole('button', { name: 'Done' }).click();
    const question = page.getByRole('alertdialog', { name: 'Close without a copy?' });
    expect(await findObstacles(page)).toEqual([]);
    await question.getByRole('button', { name: 'Go back' }).click();
    await dialog.getByRole('button', { name: 'Copy key' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.content()).not.toContain(key);

    const row = page.getByRole('row').filter({ hasText: 'anna' });
    await row.getByText('valid').waitFor();
    await row.getByText('$0.00 of $20.00 used, $20.00 left').waitFor();
    expect(await chat(key)).toBe(200);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'anna' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect(await readKey(id, 'name scopes limits { monthlyBudget dailyBudget } expiresAt')).toEqual({
      name: 'anna',
      scopes: ['chat', 'jobs', 'read'],
      limits: { monthlyBudget: 20, dailyBudget: null },
      expiresAt: null,
    });
    expect(complaints).toEqual([]);
  });

  test('shows a problem beside its field before and after it asks the gateway', async () => {
    const tenantId = await createTenant('small', { limits: { monthlyBudget: 10 } });
    const { page, complaints } = await running.openConsole(`/tenants/${tenantId}`);
    await page.getByText('This tenant has no API key yet.').waitFor();
    await page.getByRole('button', { name: 'Create API key' }).click();
    const budget = page.getByLabel('Budget a month, dollars');
    await budget.fill('1,000');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').filter({ hasText: 'Give it a name.' }).waitFor();
    await page.getByRole('alert').filter({ hasText: 'in digits with a point' }).waitFor();
    await page.getByLabel('Name').fill('too much');
    await budget.fill('20.5');
    await page.getByRole('button', { name: 'Create' }).click();
    const problem = page.getByRole('alert').filter({ hasText: "The key's $20.5 is above its tenant's $10" });
    await problem.waitFor();
    expect(await budget.getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'));
    expect(complaints).toEqual([]);
  });

  test('updates the changed fields of a key only', async () => {
    const limits = { requestsPerMinute: 60, dailyBudget: 1 };
    const { id, key } = await createKey({ name: 'to change', limits, endUser: 'user-1' });
    const { page, complaints } = await running.openConsole(`/tenants/${ownTenantId}/keys/${id}`);
    await page.getByRole('button', { name: 'Edit key' }).click();
    await page.getByLabel('Budget a day, dollars').fill('');
    await page.getByLabel('Tokens a minute', { exact: true }).fill('5000');
    await page.getByLabel('Allowed models').fill('stub');
    await page.getByLabel('jobs:').uncheck();
    const sent = page.waitForRequest((request) => request.postData()?.includes('mutation UpdateApiKey') ?? false);
    await page.getByRole('button', { name: 'Save' }).click();
    expect(JSON.parse((await sent).postData() ?? '').variables).toEqual({
      id,
      input: {
        scopes: ['chat', 'read'],
        limits: { tokensPerMinute: 5000, dailyBudget: null },
        allowedModels: ['stub'],
      },
    });
    await page.getByText('The key is saved').waitFor();
    await page.getByText('chat, read', { exact: true }).waitFor();
    const fields = 'scopes allowedModels endUser limits { requestsPerMinute tokensPerMinute dailyBudget }';
    expect(await readKey(id, fields)).toEqual({
      scopes: ['chat', 'read'],
      allowedModels: ['stub'],
      endUser: 'user-1',
      limits: { requestsPerMinute: 60, tokensPerMinute: 5000, dailyBudget: null },
    });
    await expect.poll(() => chat(key, {}, 'stub-slow')).toBe(403);
    expect(complaints).toEqual([]);
  });

  test('warns of an allowed model that is not known', async () => {
    const { page, complaints } = await running.openConsole(`/tenants/${ownTenantId}`);
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByLabel('Name').fill('mistake');
    await page.getByLabel('Allowed models').fill('gpt-unknown-9, stub');
    await page.getByRole('button', { name: 'Create' }).click();
    const dialog = page.getByRole('dialog', { name: 'The new API key' });
    await dialog.getByRole('listitem').filter({ hasText: 'gpt-unknown-9' }).waitFor();
    expect(await dialog.getByRole('listitem').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('rotates a key and revokes the old one', async () => {
    const { id, key } = await createKey({ name: 'to rotate', limits: { monthlyBudget: 3 } });
    const { page, complaints } = await running.openConsole(`/tenants/${ownTenantId}/keys/${id}`);
    await page.getByRole('button', { name: 'Rotate key' }).click();
    await page.getByLabel('Overlap, hours').fill('2');
    await page.getByRole('button', { name: 'Rotate' }).click();
    const dialog = page.getByRole('dialog', { name: 'The new API key' });
    const newKey = await dialog.getByText(/^aia_\w+$/).innerText();
    await dialog.getByRole('button', { name: 'Copy key' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Takes the place of').waitFor();
    expect([await chat(newKey), await chat(key)]).toEqual([200, 200]);
    const newId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect(await readKey(newId, 'rotatedFrom limits { monthlyBudget }')).toEqual({
      rotatedFrom: id,
      limits: { monthlyBudget: 3 },
    });

    await page.getByRole('link', { name: id }).click();
    await page.getByText('rotated', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The key is revoked').waitFor();
    await page.getByText('revoked', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Revoke key' }).count()).toBe(0);
    await expect.poll(() => chat(key)).toBe(401);
    expect(await chat(newKey)).toBe(200);
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('marks the key that the console uses, and warns before it ends', async () => {
    const { page, complaints } = await running.openConsole(`/tenants/${ownTenantId}`);
    await page.getByRole('row').filter({ hasText: 'this key' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Rotate key' }).click();
    await page.getByText('the console signs out when the overlap ends').waitFor();
    await page.getByLabel('Overlap, hours').fill('0');
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('alert').filter({ hasText: 'Write whole hours from 1 to 720.' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Revoke key' }).click();
    const question = page.getByRole('alertdialog');
    await question.getByText('it would sign out').waitFor();
    await question.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('A key cannot revoke itself').waitFor();
    expect(complaints).toEqual([]);
  });

  test('finds the keys near a limit', async () => {
    const { key } = await createKey({ name: 'nearly used up', limits: { requestsPerMinute: 1 } });
    expect(await chat(key)).toBe(200);
    const { page, complaints } = await running.openConsole(`/tenants/${ownTenantId}?keys=near-limit`);
    const keys = page.getByRole('region', { name: 'API keys' });
    await keys.getByRole('link', { name: 'nearly used up' }).waitFor();
    await page.getByLabel('Which keys').selectOption('All keys');
    await keys.getByText('this key').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(complaints).toEqual([]);
  });

  test('creates, edits, suspends and resumes a tenant with a hostile name', async () => {
    const name = `<img src=x onerror=alert(1)>\u202e${'W'.repeat(60)}`;
    const { page, complaints } = await running.openConsole('/tenants');
    await page.getByRole('button', { name: 'Create tenant' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Tags').fill('team, env');
    await page.getByLabel('Budget a month, dollars').fill('100');
    await page.getByLabel('Webhook URL').fill('ftp://example.com');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').filter({ hasText: 'URL' }).waitFor();
    await page.getByLabel('Webhook URL').fill('https://example.com/hook');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.getByText('team, env').waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { key } = await createKey({ tenantId: id, name });
    expect(await chat(key)).toBe(200);

    await page.getByRole('button', { name: 'Edit tenant' }).click();
    await page.getByLabel('Budget a month, dollars').fill('50.25');
    const sent = page.waitForRequest((request) => request.postData()?.includes('mutation UpdateTenant') ?? false);
    await page.getByRole('button', { name: 'Save' }).click();
    expect(JSON.parse((await sent).postData() ?? '').variables).toEqual({
      id,
      input: { limits: { monthlyBudget: 50.25 } },
    });
    await page.getByText('$0.00 of $50.25 used').waitFor();

    await page.getByRole('button', { name: 'Suspend tenant' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('suspended', { exact: true }).waitFor();
    await expect.poll(() => chat(key)).toBe(403);
    await page.getByRole('button', { name: 'Resume tenant' }).click();
    await page.getByText('active', { exact: true }).waitFor();
    await expect.poll(() => chat(key)).toBe(200);

    await page.reload();
    await page.getByRole('region', { name: 'API keys' }).getByRole('link', { name, exact: true }).waitFor();
    await checkLayout(page);
    await page.getByRole('link', { name: '← Keys and tenants' }).click();
    await page.getByLabel('Search').fill('ONERROR');
    await page.getByText('1 of').waitFor();
    await page.getByRole('link', { name, exact: true }).waitFor();
    expect(await page.getByRole('img').count()).toBe(0);
    await checkLayout(page);
    expect(complaints).toEqual([]);
  });

  test('loads more tenants by the cursor', async () => {
    for (let number = 0; number < 21; number += 1) await createTenant(`many ${number}`);
    const { page, complaints } = await running.openConsole('/tenants');
    const rows = page.getByRole('region', { name: 'Tenants' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(21);
    await page.getByRole('button', { name: 'Load more' }).click();
    await expect.poll(() => rows.count()).toBeGreaterThan(21);
    await page.getByRole('button', { name: 'Load more' }).waitFor({ state: 'hidden' });
    expect(complaints).toEqual([]);
  });

  test('sets and removes a provider key, and never shows its text', async () => {
    const secret = 'sk-byok-0123456789-abcdefgh-WXYZ';
    const tenantId = await createTenant('own keys');
    const { page, complaints } = await running.openConsole(`/tenants/${tenantId}`);
    const replies: Promise<string>[] = [];
    page.on('response', (response) => response.url().endsWith('/graphql') && replies.push(response.text()));
    await page.getByRole('button', { name: 'Set provider key' }).click();
    await page.getByLabel('Provider', { exact: true }).selectOption('OpenAI');
    const field = page.getByLabel('Key of the provider');
    expect(await field.getAttribute('type')).toBe('password');
    await field.fill('short');
    await page.getByRole('button', { name: 'Set key' }).click();
    await page.getByRole('alert').filter({ hasText: 'Must be 16 to 512' }).waitFor();
    await field.fill(secret);
    await page.getByRole('button', { name: 'Set key' }).click();
    await page.getByRole('cell', { name: '…WXYZ' }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await page.reload();
    await page.getByRole('cell', { name: '…WXYZ' }).waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(await findObstacles(page)).toEqual([]);

    await page.getByRole('button', { name: 'Remove the key for openai' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('None: its requests use the keys of this gateway.').waitFor();
    const texts = await Promise.all(replies);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    const query = 'query ($tenantId: ID!) { providerKeys(tenantId: $tenantId) { provider } }';
    expect(await running.graphql(query, { tenantId })).toEqual({ providerKeys: [] });
    expect(complaints).toEqual([]);
  });

  test('erases an end user after its id was typed', async () => {
    const tenantId = await createTenant('with users', { endUserLimits: { dailyBudget: 1 } });
    const { key } = await createKey({ tenantId, name: 'app' });
    expect(await chat(key, { 'x-gateway-user': 'user-42' })).toBe(200);
    const { page, complaints } = await running.openConsole(`/tenants/${tenantId}`);
    const row = page.getByRole('row').filter({ hasText: 'user-42' });
    await expect
      .poll(async () => {
        await page.reload();
        await page
          .getByText(/No requests this month|user-42/)
          .first()
          .waitFor();
        return await row.count();
      })
      .toBe(1);
    await row.getByRole('button', { name: 'Erase user-42' }).click();
    const dialog = page.getByRole('dialog', { name: 'Erase an end user' });
    const erase = dialog.getByRole('button', { name: 'Erase' });
    await dialog.getByLabel('Type the id again').fill('user-4');
    expect(await erase.isDisabled()).toBe(true);
    await dialog.getByLabel('Type the id again').fill('user-42');
    await erase.click();
    await dialog.getByText('The end user is erased.').waitFor();
    expect(await findObstacles(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('cell', { name: '(erased)' }).waitFor();
    expect(await row.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('shows its own tenant to a key without the scope admin, and no actions', async () => {
    const tenantId = await createTenant('second', { limits: { monthlyBudget: 5 } });
    const { key, id } = await createKey({ tenantId, name: 'reader', scopes: ['read'] });
    const { page, complaints } = await running.openConsoleAs(key, '/tenants');
    await page.getByRole('link', { name: 'Keys and tenants' }).click();
    await page.getByRole('heading', { name: 'second', exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/console/tenants/${tenantId}`);
    await page.getByText('$0.00 of $5.00 used').waitFor();
    await page.getByText('No requests this month.').waitFor();
    await page.getByRole('link', { name: 'reader' }).click();
    await page.getByRole('heading', { name: 'reader', exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/console/tenants/${tenantId}/keys/${id}`);
    await page.getByRole('link', { name: '← Tenant' }).click();
    await page.getByText('No requests this month.').waitFor();
    const buttons = await page.getByRole('main').getByRole('button').allInnerTexts();
    expect(buttons).toEqual(['Copy id']);
    expect(await findObstacles(page)).toEqual([]);

    await page.evaluate((path) => {
      history.pushState(null, '', path);
    }, `/console/tenants/${ownTenantId}`);
    await page.getByRole('heading', { name: 'There is no such tenant' }).waitFor();
    expect(await page.getByText('your tenant').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('fits a narrow screen in both colour schemes', async () => {
    const { id } = await createKey({ name: 'narrow', limits: { requestsPerMinute: 10, monthlyBudget: 20 } });
    const { page, complaints } = await running.openConsole(`/tenants/${ownTenantId}/keys/${id}`);
    await page.getByRole('heading', { name: 'narrow' }).waitFor();
    await checkLayout(page);
    await page.getByRole('button', { name: 'Edit key' }).click();
    await page.getByLabel('Name').waitFor();
    await checkLayout(page);
    expect(complaints).toEqual([]);
  });
});

/** Expects that a page fits a narrow screen and is accessible in both colour schemes. */
async function checkLayout(page: Page): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 800 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const readOverflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await expect.poll(readOverflow).toBeLessThanOrEqual(0);
    expect(await findObstacles(page)).toEqual([]);
  }
  if (size) await page.setViewportSize(size);
}
