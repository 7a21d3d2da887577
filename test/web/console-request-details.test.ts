import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, startConsole } from './console-page.ts';
import { createKey, listRows, sendChat } from './logged-chat.ts';

const html = '<img src=x onerror=alert(1)>"it\'s"';

describe.skipIf(!hasChromium)('the page of one request', () => {
  let running: ConsoleTest;

  beforeAll(async () => {
    running = await startConsole();
  });

  afterAll(() => running?.stop());

  const rowOf = (page: Page, id: string) => listRows(page).filter({ hasText: id });
  const property = (page: Page, text: string) => page.getByRole('definition').filter({ hasText: text });

  test('finds a request by the id of its client, and says that one does not exist', async () => {
    const id = await sendChat(running, 'client-id.1');
    const { page, complaints } = await running.openConsole('/requests?status=FAILED');
    await page.getByLabel('Request id or x-request-id').fill('client-id.1');
    await page.getByRole('button', { name: 'Find' }).click();
    await rowOf(page, id).getByRole('link').click();
    await page.getByRole('heading', { name: id }).waitFor();
    await property(page, 'client-id.1').waitFor();
    await page.goto(`${running.dev.url}/console/requests/client-id.1`);
    await page.getByRole('heading', { name: id }).waitFor();
    await page.goto(`${running.dev.url}/console/requests/req_unknown`);
    await page.getByRole('heading', { name: 'There is no such request' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows the attempts of a route that fell back', async () => {
    const setRoute = 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { version } }';
    const targets = [
      { provider: 'stub', model: 'stub-error' },
      { provider: 'stub', model: 'stub', tier: 2 },
    ];
    await running.graphql(setRoute, { input: { name: 'fall-back', targets } });
    const id = await sendChat(running, 'fell-back', { model: 'fall-back' });
    const { page, complaints } = await running.openConsole('/requests?fellBack=true');
    await rowOf(page, id).getByRole('link').click();
    const attempts = page.getByRole('region', { name: 'Attempts' }).getByRole('row');
    await attempts.filter({ hasText: 'stub-error' }).getByText('provider_error').waitFor();
    await attempts.nth(2).getByText('Completed').waitFor();
    const timeline = page.getByRole('list', { name: 'Timeline of the attempts' }).getByRole('listitem');
    expect(await timeline.allInnerTexts()).toEqual([
      expect.stringMatching(/^stub\/stub-error: 0 ms to /),
      expect.stringMatching(/^stub\/stub: /),
    ]);
    await property(page, 'fall-back').getByRole('link').click();
    await rowOf(page, id).waitFor();
    expect(page.url()).toContain('route=fall-back');
    expect(complaints).toEqual([]);
  });

  test('says in a sentence why a request was refused', async () => {
    const id = await sendChat(running, 'why', { model: 'no-such-model' });
    const { page, complaints } = await running.openConsole(`/requests/${id}`);
    await page.getByText(/^The gateway refused the request with \w+, before it asked a provider: /).waitFor();
    await page.getByText(/^What to do: /).waitFor();
    await page.getByText('No provider received the request.').waitFor();
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('shows kept bodies as text once they are requested, and copies the request as curl', async () => {
    const key = await createKey(running, { name: 'keeper', keepBodies: 'ALL' });
    const id = await sendChat(running, 'bodies', { messages: [{ role: 'user', content: html }] }, { 'x-api-key': key });
    const { page, complaints } = await running.openConsole(`/requests/${id}`);
    const dialogs: string[] = [];
    page.on('dialog', async (dialog) => {
      dialogs.push(dialog.message());
      await dialog.dismiss();
    });
    const countReadings = async () => {
      const query = '{ auditLog(filter: { action: "request_bodies.read" }) { nodes { subjectId } } }';
      const { auditLog } = await running.graphql<{ auditLog: { nodes: { subjectId: string }[] } }>(query);
      return auditLog.nodes.filter(({ subjectId }) => subjectId === id).length;
    };
    const readClipboard = async () => {
      await page.getByRole('button', { name: 'Copy as curl' }).click();
      return await page.evaluate(() => navigator.clipboard.readText());
    };
    await page.getByText('The audit log records each reading.').waitFor();
    expect(await readClipboard()).toContain('"content":"Hello"');
    expect(await countReadings()).toBe(0);
    await page.getByRole('button', { name: 'Show bodies' }).click();
    await page.getByRole('heading', { name: 'Request body' }).waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(await page.getByRole('img').count()).toBe(0);
    expect(dialogs).toEqual([]);
    expect(await countReadings()).toBe(1);
    const curl = await readClipboard();
    expect(curl).toContain(`curl --request POST ${running.dev.url}/v1/chat/completions`);
    expect(curl).toContain('onerror=alert(1)');
    expect(curl).toContain('Bearer $GATEWAY_API_KEY');
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('explains that a key keeps no bodies', async () => {
    const id = await sendChat(running, 'no-bodies');
    const { page, complaints } = await running.openConsole(`/requests/${id}`);
    await page.getByRole('button', { name: 'Show bodies' }).click();
    await page.getByText('No bodies are kept for this request. Its API key keeps none').waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows a key with the scope read its own tenant, and no bodies', async () => {
    const id = await sendChat(running, 'reader');
    const key = await createKey(running, { name: 'reader', scopes: ['read'] });
    const { page, complaints } = await running.openConsoleAs(key, '/requests');
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await rowOf(page, id).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Tenant' }).count()).toBe(0);
    await rowOf(page, id).getByRole('link').click();
    await page.getByText('Kept bodies are for API keys with the scope admin.').waitFor();
    expect(await page.getByRole('button', { name: 'Show bodies' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
