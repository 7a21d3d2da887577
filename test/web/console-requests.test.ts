import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, startConsole } from './console-page.ts';
import { createKey, listRows, sendChat } from './logged-chat.ts';

describe.skipIf(!hasChromium)('the list of requests', () => {
  let running: ConsoleTest;

  beforeAll(async () => {
    running = await startConsole();
  });

  afterAll(() => running?.stop());

  const rowOf = (page: Page, id: string) => listRows(page).filter({ hasText: id });

  test('lists requests of all outcomes, filters by the status, and keeps the filter in the URL', async () => {
    const completed = await sendChat(running, 'list-completed', {}, { 'x-gateway-user': 'user-7' });
    const failed = await sendChat(running, 'list-failed', { model: 'stub-error' });
    const refused = await sendChat(running, 'list-refused', { model: 'no-such-model' });
    const { page, complaints } = await running.openConsole('/requests');
    await rowOf(page, completed).getByText('Completed').waitFor();
    await rowOf(page, completed).getByText('user-7').waitFor();
    await rowOf(page, failed).getByText('Failed').waitFor();
    await rowOf(page, failed).getByText('provider_error').waitFor();
    await rowOf(page, refused).getByText('Refused').waitFor();
    await page.getByLabel('Status').selectOption('Failed');
    await expect.poll(() => page.url()).toContain('status=FAILED');
    await rowOf(page, refused).waitFor({ state: 'detached' });
    await page.reload();
    await rowOf(page, failed).waitFor();
    expect(await rowOf(page, completed).count()).toBe(0);
    await page.getByRole('button', { name: 'Remove Status: Failed' }).click();
    await rowOf(page, completed).waitFor();
    expect(page.url()).not.toContain('status');
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('is operated by the keyboard', async () => {
    const id = await sendChat(running, 'keyboard', {}, { 'x-gateway-user': 'keyboard-user' });
    const { page, complaints } = await running.openConsole('/requests');
    await rowOf(page, id).waitFor();
    const focusByTab = async (target: ReturnType<Page['getByRole']>) => {
      for (let count = 0; count < 60; count += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press('Tab');
      }
      throw new Error('The tab key does not reach it.');
    };
    await focusByTab(page.getByRole('button', { name: 'More filters' }));
    await page.keyboard.press('Enter');
    await focusByTab(page.getByRole('textbox', { name: 'End user' }));
    await page.keyboard.type('other-user');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No requests' }).waitFor();
    expect(page.url()).toContain('endUser=other-user');
    expect(await findObstacles(page)).toEqual([]);
    await focusByTab(page.getByRole('button', { name: 'Clear filters' }));
    await page.keyboard.press('Enter');
    await focusByTab(rowOf(page, id).getByRole('link'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: id }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('rejects a tag without a value beside its field, and finds requests by what they have', async () => {
    const id = await sendChat(running, 'filters', {}, { 'x-gateway-session': 'session 50%41+&' });
    const { page, complaints } = await running.openConsole('/requests');
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Tag').fill('team');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('alert').filter({ hasText: 'name=value' }).waitFor();
    await page.getByLabel('Tag').fill('');
    await page.getByLabel('Session').fill('session 50%41+&');
    const { me } = await running.graphql<{ me: { apiKey: { name: string } } }>('{ me { apiKey { name } } }');
    await page.getByLabel('API key').selectOption(me.apiKey.name);
    await page.getByLabel('Source').selectOption('Whole reply');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('button', { name: 'Remove Session: session 50%41+&' }).waitFor();
    await rowOf(page, id).waitFor();
    expect(await listRows(page).count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  test('follows requests as they come, and catches up after a pause', async () => {
    const { page, complaints } = await running.openConsole('/requests?endUser=live-user');
    await page.getByRole('heading', { name: 'No requests' }).waitFor();
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.getByText('New requests appear on top').waitFor();
    expect(page.url()).toContain('live=1');
    const first = await sendChat(running, 'live-1', {}, { 'x-gateway-user': 'live-user' });
    await rowOf(page, first).waitFor();
    const second = await sendChat(running, 'live-2', {}, { 'x-gateway-user': 'live-user' });
    await rowOf(page, second).waitFor();
    await expect.poll(() => listRows(page).nth(1).innerText()).toContain(second);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused.').waitFor();
    const missed = await sendChat(running, 'live-3', {}, { 'x-gateway-user': 'live-user' });
    expect(await rowOf(page, missed).count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await rowOf(page, missed).waitFor();
    expect(await listRows(page).count()).toBe(4);
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('subscribes again where the gateway has ended the subscription, and keeps what is shown', async () => {
    const before = await sendChat(running, 'before-end', {}, { 'x-gateway-user': 'ended-user' });
    const { page, complaints } = await running.openConsole('/requests?endUser=ended-user');
    await rowOf(page, before).waitFor();
    let subscriptions = 0;
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('subscription RequestsUpdated')) subscriptions += 1;
      else return await route.fallback();
      if (subscriptions > 1) return await route.fallback();
      const results = [
        { data: { requestsUpdated: { nodes: [], skipped: 7 } } },
        { errors: [{ message: 'Subscribe again.', extensions: { code: 'unavailable' } }] },
      ];
      const events = results.map((result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`);
      const body = `${events.join('')}event: complete\ndata: \n\n`;
      await route.fulfill({ contentType: 'text/event-stream', body });
    });
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.getByText('At least 7 more requests came than are listed.').waitFor();
    await expect.poll(() => subscriptions).toBe(2);
    const after = await sendChat(running, 'after-end', {}, { 'x-gateway-user': 'ended-user' });
    await rowOf(page, after).waitFor();
    expect(await rowOf(page, before).count()).toBe(1);
    expect(await page.getByText('At least 7 more requests').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('pauses the live list while its tab is in the background', async () => {
    const { page, complaints } = await running.openConsole('/requests?endUser=hidden-user&live=1');
    await page.getByRole('heading', { name: 'No requests yet' }).waitFor();
    const setVisibility = (state: DocumentVisibilityState) =>
      page.evaluate((visibilityState) => {
        Object.defineProperty(document, 'visibilityState', { value: visibilityState, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await setVisibility('hidden');
    const id = await sendChat(running, 'hidden', {}, { 'x-gateway-user': 'hidden-user' });
    expect(await rowOf(page, id).count()).toBe(0);
    await setVisibility('visible');
    await rowOf(page, id).waitFor();
    expect(complaints).toEqual([]);
  });

  test('says how far a search got, goes on from there, and shows for how many requests a row stands', async () => {
    const id = await sendChat(running, 'scanned', { model: 'no-such-model' });
    const { page, complaints } = await running.openConsole('/overview');
    const cursors: unknown[] = [];
    await page.route('**/graphql', async (route) => {
      const { query, variables } = route.request().postDataJSON() as {
        readonly query: string;
        readonly variables: { readonly after: string | null };
      };
      if (!query.includes('query Requests(')) return await route.fallback();
      cursors.push(variables.after);
      const isFirst = variables.after === null;
      const first = { ...variables, after: null, filter: { id } };
      const response = await route.fetch({ postData: JSON.stringify({ query, variables: first }) });
      const { data } = (await response.json()) as { data: { requests: { nodes: object[] } } };
      const requests = {
        nodes: isFirst ? [] : data.requests.nodes.map((node) => ({ ...node, represents: 1_200 })),
        scannedUntil: isFirst ? '2026-11-24T12:00:00.000Z' : null,
        pageInfo: { endCursor: isFirst ? 'cursor-1' : null, hasNextPage: isFirst },
      };
      await route.fulfill({ json: { data: { requests } } });
    });
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByRole('status').filter({ hasText: 'Searched back to' }).waitFor();
    await page.getByRole('button', { name: 'Search on' }).click();
    await rowOf(page, id).getByText('stands for 1,200 refused requests').waitFor();
    expect(await page.getByRole('button', { name: 'Search on' }).count()).toBe(0);
    expect(cursors).toEqual([null, 'cursor-1']);
    expect(complaints).toEqual([]);
  });

  test('loads more requests than fit on a page', async () => {
    const names = Array.from({ length: 51 }, (_, index) => `page-${index}`);
    await Promise.all(names.map((name) => sendChat(running, name, {}, { 'x-gateway-user': 'page-user' })));
    const { page, complaints } = await running.openConsole('/requests?endUser=page-user');
    await page.getByText('50 requests').waitFor();
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('51 requests').waitFor();
    expect(await listRows(page).count()).toBe(52);
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('is not there for a key with the scope chat alone', async () => {
    const key = await createKey(running, { name: 'chatter', scopes: ['chat'] });
    const { page, complaints } = await running.openConsoleAs(key, '/requests');
    expect(await page.getByRole('link', { name: 'Requests' }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Requests' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('fits a narrow screen in both colour schemes', async () => {
    const id = await sendChat(running, 'narrow', { model: 'stub-error' });
    const { page, complaints } = await running.openConsole('/requests?endUser=&model=stub-error');
    await page.setViewportSize({ width: 390, height: 800 });
    await page.getByRole('button', { name: 'More filters' }).click();
    for (const path of ['list', 'details']) {
      if (path === 'details') await rowOf(page, id).getByRole('link').click();
      await page.getByText(path === 'list' ? 'Model: stub-error' : /^The request failed/).waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const readOverflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await expect.poll(readOverflow).toBeLessThanOrEqual(0);
        expect(await findObstacles(page)).toEqual([]);
      }
    }
    expect(complaints).toEqual([]);
  });
});
