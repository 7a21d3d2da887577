import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, reloadUntilVisible, startConsole } from './console-page.ts';

const hostileName = '<img src=x onerror=alert(1)>';

const retention = {
  LOG_RETENTION_DAYS: '9',
  BODY_RETENTION_DAYS: '0',
  RESPONSE_RETENTION_DAYS: '1',
  JOB_RETENTION_DAYS: '12',
};

describe.skipIf(!hasChromium)('the page Settings', () => {
  let running: ConsoleTest;

  beforeAll(async () => {
    running = await startConsole(retention);
  });

  afterAll(() => running?.stop());

  const createTenant = async (input: object): Promise<string> => {
    const document = 'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { id } }';
    return (await running.graphql<{ createTenant: { id: string } }>(document, { input })).createTenant.id;
  };
  const updateTenant = (id: string, input: object) =>
    running.graphql('mutation ($id: ID!, $input: UpdateTenantInput!) { updateTenant(id: $id, input: $input) { id } }', {
      id,
      input,
    });
  const createKey = async (scopes: readonly string[]): Promise<string> => {
    const document = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }';
    const input = { tenantId: 'ten_dev', name: `with ${scopes.join(' and ')}`, scopes };
    return (await running.graphql<{ createApiKey: { key: string } }>(document, { input })).createApiKey.key;
  };
  const openSection = async (name: string) => {
    const opened = await running.openConsole('/settings');
    const { page } = opened;
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click();
    return opened;
  };

  test('shows a rotated secret once', async () => {
    await running.graphql('mutation { rotateWebhookSecret { id } }');
    const { page, complaints } = await running.openConsole('/settings/webhooks');
    await page.getByLabel('Older secrets').selectOption('sign for 1 more hour');
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate secret' }).click();
    const dialog = page.getByRole('dialog', { name: 'New webhook secret' });
    await dialog.getByText(/^Older secrets sign beside it until/).waitFor();
    const secret = await dialog.getByText(/^whsec_/).innerText();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/=]{32,}$/);
    await dialog.getByRole('button', { name: 'Copy secret' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    expect(await findObstacles(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(secret);
    await page.reload();
    await page.getByRole('button', { name: 'Rotate secret' }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await page.getByRole('link', { name: 'Earlier rotations' }).click();
    await page.getByText('overlapSeconds: 3600').waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(complaints).toEqual([]);
  });

  test('sets the webhook URL, and shows beside the field what is wrong with it', async () => {
    const { page, complaints } = await openSection('Webhooks');
    const field = page.getByLabel('Webhook URL');
    await field.fill('nonsense');
    await page.getByRole('button', { name: 'Save URL' }).click();
    await page.getByRole('alert').filter({ hasText: 'webhookUrl' }).waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await field.fill('https://hooks.example.com/T0/secret-path');
    await page.getByRole('button', { name: 'Save URL' }).click();
    await page.getByText('The webhook URL is saved').waitFor();
    const { me } = await running.graphql<{ me: { webhookUrl: string } }>('{ me { webhookUrl } }');
    expect(me.webhookUrl).toBe('https://hooks.example.com/T0/secret-path');
    await page.getByRole('link', { name: 'Audit log' }).click();
    const row = page.getByRole('row').filter({ hasText: 'tenant.updated' });
    await row.getByText('webhookUrl: none → https://hooks.example.com/…').waitFor();
    expect(complaints).toEqual([]);
  });

  test('lists the deliveries of jobs, and sends one again', async () => {
    const { id } = await running.post('/api/jobs', {
      input: 'Hi',
      provider: 'stub',
      webhookUrl: 'http://127.0.0.1:9/hook',
    });
    const { page, complaints } = await openSection('Webhooks');
    const row = page.getByRole('row').filter({ hasText: String(id) });
    await reloadUntilVisible(page, row);
    await row.getByText('job.completed').waitFor();
    await row.getByRole('button', { name: 'Send again' }).click();
    await page
      .getByRole('status')
      .getByText(/The webhook (is sent again|was not sent)/)
      .waitFor();
    await page.getByRole('link', { name: 'dead letters' }).click();
    await page.getByText('No dead letters').waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows what a change has changed, and hostile values as text', async () => {
    const id = await createTenant({ name: hostileName, limits: { requestsPerMinute: 5 } });
    await updateTenant(id, { limits: { requestsPerMinute: 9 } });
    const { page, complaints } = await openSection('Audit log');
    const rows = page.getByRole('row').filter({ hasText: id });
    await rows.getByText('requestsPerMinute: 5 → 9').waitFor();
    await rows.getByText(`name: ${hostileName}`).waitFor();
    expect(await page.getByRole('img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('filters the audit log by what is in the URL', async () => {
    const id = await createTenant({ name: 'Filtered' });
    await updateTenant(id, { tagNames: ['team'] });
    const { page, complaints } = await openSection('Audit log');
    const filter = page.getByRole('form', { name: 'Filter' });
    await filter.getByLabel('Action').selectOption('tenant.updated');
    await filter.getByLabel('Tenant').fill(id);
    await filter.getByLabel('Since').fill('2020-01-01T00:00');
    await filter.getByRole('button', { name: 'Filter' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByText('tagNames: [] → ["team"]').waitFor();
    const { searchParams } = new URL(page.url());
    expect([searchParams.get('action'), searchParams.get('tenantId')]).toEqual(['tenant.updated', id]);
    expect(searchParams.get('since')).toMatch(/^(2019-12-31|2020-01-01)T/);
    await page.reload();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    expect(await filter.getByLabel('Since').inputValue()).toBe('2020-01-01T00:00');
    await filter.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('name: Filtered').waitFor();
    await filter.getByLabel('Tenant').fill('nonsense');
    await filter.getByRole('button', { name: 'Filter' }).click();
    await filter.getByRole('alert').filter({ hasText: 'must be the id of a tenant' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('reads the audit log page by page', async () => {
    const id = await createTenant({ name: 'Busy' });
    const changes = Array.from({ length: 60 }, (_, index) => index + 1);
    for (const requestsPerMinute of changes) await updateTenant(id, { limits: { requestsPerMinute } });
    const { page } = await running.openConsole(`/settings/audit-log?tenantId=${id}`);
    await page.getByText('requestsPerMinute: 59 → 60').waitFor();
    expect(await page.getByText('name: Busy').count()).toBe(0);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('name: Busy').waitFor();
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0);
  });

  test('shows that no alert has been sent', async () => {
    const { page, complaints } = await openSection('Alerts');
    await page.getByRole('heading', { name: 'No alert has been sent' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows alerts with their samples and their delivery', async () => {
    const { page, complaints } = await running.openConsole('/settings/retention');
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query Alerts')) return await route.continue();
      await route.fulfill({ json: { data: { alerts: [activeAlert] } } });
    });
    await page.getByRole('link', { name: 'Alerts' }).click();
    const row = page.getByRole('row').filter({ hasText: 'provider.degraded' });
    await row.getByText('Active').waitFor();
    await row.getByText('31 of 104').waitFor();
    await row.getByText(`provider_error, ${hostileName}`).waitFor();
    await row.getByText('failed (timeout) after 9 attempts').waitFor();
    const sample = row.getByRole('link', { name: 'req_sample' });
    expect(await sample.getAttribute('href')).toBe('/console/requests/req_sample');
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('says for how many days data is stored, and what is off', async () => {
    const { page, complaints } = await openSection('Retention');
    await page.getByText('9 days after the request has started').waitFor();
    await page.getByText('Off: no bodies are kept').waitFor();
    await page.getByText(/^1 day, of tenants/).waitFor();
    await page.getByText(/^12 days after the job has ended/).waitFor();
    expect(await page.getByText('No end').count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  test('shows a key with the scope read no parts of administrators', async () => {
    const { page, complaints } = await running.openConsoleAs(await createKey(['read']), '/settings/audit-log');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/settings/webhooks');
    await page.getByRole('heading', { name: 'URL of the tenant' }).waitFor();
    const tabs = page.getByRole('navigation', { name: 'Settings' }).getByRole('link');
    expect(await tabs.allInnerTexts()).toEqual(['Webhooks', 'Retention']);
    await page.getByText('A key with the scope jobs can replace the secret.').waitFor();
    const buttons = await page.getByRole('main').getByRole('button').allInnerTexts();
    expect(buttons).toEqual([]);
    await tabs.filter({ hasText: 'Retention' }).click();
    await page.getByText('9 days after the request has started').waitFor();
    expect(complaints).toEqual([]);
  });

  test('lets a key with the scope jobs replace the secret, and nothing else', async () => {
    const { page, complaints } = await running.openConsoleAs(await createKey(['jobs']), '/settings');
    await page.getByRole('button', { name: 'Rotate secret' }).waitFor();
    expect(await page.getByRole('button', { name: 'Save URL' }).count()).toBe(0);
    expect(await page.getByRole('navigation', { name: 'Settings' }).getByRole('link').allInnerTexts()).toEqual([
      'Webhooks',
    ]);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['webhooks', 'Deliveries of the newest 50 jobs'],
    ['alerts', 'No alert has been sent'],
    ['audit-log', 'Audit log'],
    ['retention', 'How long data is stored'],
  ])('fits a narrow screen in both colour schemes: %s', async (path, heading) => {
    const { page, complaints } = await running.openConsole(`/settings/${path}`);
    await page.setViewportSize({ width: 390, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.getByRole('heading', { name: heading }).waitFor();
      await expect.poll(() => readOverflow(page)).toBeLessThanOrEqual(0);
      expect(await findObstacles(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
});

const activeAlert = {
  __typename: 'Alert',
  name: 'provider.degraded',
  subject: 'openai',
  active: true,
  since: '2026-11-24T12:00:05.120Z',
  attempts: 104,
  failed: 31,
  errorCodes: ['provider_error', hostileName],
  sampleRequestIds: ['req_sample'],
  delivery: { __typename: 'AlertDelivery', id: 'whd_1', status: 'FAILED', error: 'timeout', attemptCount: 9 },
};

function readOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
