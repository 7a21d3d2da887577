import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, startConsole } from './console-page.ts';

/** Each task begins on the first page, and finds its way by what a visitor reads. */
describe.skipIf(!hasChromium)('tasks in the console, by visible labels only', () => {
  let running: ConsoleTest;

  beforeAll(async () => {
    running = await startConsole();
  });

  afterAll(() => running?.stop());

  async function start(pageName: string): Promise<Page> {
    const { page } = await running.openConsole();
    await page.getByRole('navigation').getByRole('link', { name: pageName, exact: true }).click();
    await page.getByRole('heading', { name: pageName, exact: true }).waitFor();
    return page;
  }

  test('send a prompt and see its cost', async () => {
    const page = await start('Playground');
    await page.getByLabel('Model or route').fill('stub');
    await page.getByLabel('Message').fill('What does this cost?');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Stub reply to: What does this cost?').waitFor();
    const cost = page.getByRole('term').filter({ hasText: /^Cost$/ });
    await cost.waitFor();
    await page.getByRole('definition').filter({ hasText: /^\$\d/ }).first().waitFor();
  });

  test('find why a request failed', async () => {
    await running.post('/v1/chat/completions', {
      model: 'stub-error',
      messages: [{ role: 'user', content: 'This fails' }],
    });
    await waitFor(async () => {
      const logged = await running.graphql('{ requests(filter: { status: FAILED }) { nodes { model } } }');
      expect(logged).toEqual({ requests: { nodes: [{ model: 'stub-error' }] } });
    });
    const page = await start('Requests');
    await page.getByLabel('Status').selectOption('Failed');
    const row = page.getByRole('row').filter({ hasText: 'stub-error' });
    await row.getByRole('link').first().click();
    await page
      .getByText(/provider_error/)
      .first()
      .waitFor();
    await page.getByText(/^What to do: /).waitFor();
  });

  test('make a key with 20 dollars a month', async () => {
    const page = await start('Keys and tenants');
    await page.getByRole('row').filter({ hasText: 'your tenant' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Create API key' }).click();
    await page.getByLabel('Name').fill('twenty');
    await page.getByLabel('Budget a month, dollars').fill('20');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'The new API key' });
    const apiKey = await dialog.getByText(/^aia_\w+$/).innerText();
    await dialog.getByRole('button', { name: 'Copy key' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row').filter({ hasText: 'twenty' }).getByText('$20.00 left').waitFor();
    const { me } = await running.graphql<{ me: object }>('{ me { id } }');
    const reply = await fetch(`${running.dev.url}/graphql`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ me { id apiKey { limits { monthlyBudget } } } }' }),
    });
    expect(await reply.json()).toEqual({ data: { me: { ...me, apiKey: { limits: { monthlyBudget: 20 } } } } });
  });

  test('make a route with a fallback and see it fall back', async () => {
    const page = await start('Models');
    await page.getByRole('button', { name: 'New route' }).click();
    await page.getByLabel('Name').fill('safe');
    const target = (number: number) => page.getByRole('group', { name: `Target ${number}` });
    await target(1).getByLabel('Provider').selectOption('Stub');
    await target(1).getByLabel('Model').fill('stub-error');
    await page.getByRole('button', { name: 'Add target' }).click();
    await target(2).getByLabel('Provider').selectOption('Stub');
    await target(2).getByLabel('Model').fill('stub');
    await page.getByRole('button', { name: 'Save route' }).click();
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('stub/stub has answered at attempt 2').waitFor();
  });

  test('cancel a running job', async () => {
    const input = { input: 'word '.repeat(400), provider: 'stub', model: 'stub-slow' };
    const { id } = await running.post('/api/jobs', input);
    const page = await start('Jobs');
    await page
      .getByRole('row')
      .filter({ hasText: String(id) })
      .getByRole('link')
      .click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel job' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    expect(await running.graphql(`{ job(id: "${id}") { status } }`)).toEqual({ job: { status: 'CANCELLED' } });
  });
});
