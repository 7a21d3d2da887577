import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, findObstacles, startConsole } from './console-page.ts';

const target = (page: Page, number: number) => page.getByRole('group', { name: `Target ${number}` });
const targetRow = (page: Page, text: string) =>
  page.getByRole('region', { name: 'Targets' }).getByRole('row').filter({ hasText: text });

describe.skipIf(!hasChromium)('the models page of the console', () => {
  let running: ConsoleTest;

  beforeAll(async () => {
    running = await startConsole();
  });

  afterAll(() => running?.stop());

  const createKey = async (settings: object) => {
    const { me } = await running.graphql<{ me: { id: string } }>('{ me { id } }');
    const { createApiKey } = await running.graphql<{ createApiKey: { key: string } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      { input: { tenantId: me.id, name: 'reader', scopes: ['read'], ...settings } },
    );
    return createApiKey.key;
  };
  const setRoute = (input: object) =>
    running.graphql('mutation ($input: SetRouteInput!) { setRoute(input: $input) { version } }', { input });
  const stubRoute = (name: string, ...models: string[]) =>
    setRoute({ name, targets: models.map((model, index) => ({ provider: 'stub', model, tier: index + 1 })) });

  test('makes a route with a fallback, and shows it fall back', async () => {
    const { page, complaints } = await running.openConsole('/models');
    await page.getByText('No routes yet').waitFor();
    await page.getByRole('button', { name: 'New route' }).click();
    await page.getByLabel('Name').fill('with-fallback');
    await target(page, 1).getByLabel('Provider').selectOption('Stub');
    await target(page, 1).getByLabel('Model').fill('stub-error');
    await page.getByRole('button', { name: 'Add target' }).click();
    await target(page, 2).getByLabel('Provider').selectOption('Stub');
    await target(page, 2).getByLabel('Model').fill('stub');
    expect(await target(page, 2).getByLabel('Tier').inputValue()).toBe('2');
    await page.getByRole('button', { name: 'Save route' }).click();
    await page.getByRole('heading', { name: 'with-fallback', exact: true }).waitFor();
    await targetRow(page, 'stub/stub-error').getByText('Available').waitFor();

    await page.getByRole('button', { name: 'Try it' }).click();
    const result = page.getByRole('region', { name: 'Result' });
    await result.getByText('Ok', { exact: true }).waitFor();
    await result.getByText('stub/stub has answered at attempt 2').waitFor();
    const attempts = result.getByRole('region', { name: 'Attempts of the request' });
    await attempts.getByRole('row').filter({ hasText: 'stub/stub-error' }).getByText('failed').waitFor();
    await attempts
      .getByRole('row')
      .filter({ hasText: /^2stub\/stubcompleted/ })
      .waitFor();
    await result.getByText('x-gateway-attempts').waitFor();
    expect(await result.getByRole('link').getAttribute('href')).toMatch(/^\/console\/requests\/req_\w+$/);
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('shows why targets are passed over', async () => {
    await setRoute({
      name: 'states',
      targets: [
        { provider: 'stub', model: 'stub-overloaded' },
        { provider: 'openai', model: 'gpt-4o-mini', tier: 2 },
        { provider: 'stub', model: 'stub', tier: 3 },
      ],
    });
    const { page, complaints } = await running.openConsole('/models/routes/states');
    await targetRow(page, 'openai/gpt-4o-mini').getByText('Not configured', { exact: true }).waitFor();
    await targetRow(page, 'openai/gpt-4o-mini').getByText('OPENAI_API_KEY').waitFor();
    await targetRow(page, 'openai/gpt-4o-mini').getByText('$0.15').waitFor();
    for (let failures = 0; failures < 5; failures += 1)
      await running.post('/v1/chat/completions', { model: 'states', messages: [{ role: 'user', content: 'Hi' }] });
    await page.getByRole('button', { name: 'Refresh' }).click();
    await targetRow(page, 'stub/stub-overloaded').getByText('Cooling down').waitFor();
    await targetRow(page, 'stub/stub-overloaded').getByText('is tried again at').waitFor();
    await page.waitForRequest((request) => request.postData()?.includes('ExplainRoute') ?? false);
    expect(complaints).toEqual([]);
  });

  test('shows which targets the key may not use', async () => {
    await stubRoute('closed', 'stub');
    const apiKey = await createKey({ allowedProviders: ['claude'] });
    const { page, complaints } = await running.openConsoleAs(apiKey, '/models/routes/closed');
    await targetRow(page, 'stub/stub').getByText('Not allowed', { exact: true }).waitFor();
    await targetRow(page, 'stub/stub').getByText('Provider "stub"').waitFor();
    expect(complaints).toEqual([]);
  });

  test('edits a route, restores a version and deletes it', async () => {
    await stubRoute('edited', 'stub-first', 'stub-slow');
    const { page, complaints } = await running.openConsole('/models?tab=routes');
    const row = page.getByRole('row').filter({ hasText: 'edited' });
    await row.getByText('stub/stub-first, then stub/stub-slow').waitFor();
    await row.getByRole('link').click();
    await page.getByRole('button', { name: 'Edit route' }).click();
    await page.getByRole('button', { name: 'Move up target 2' }).click();
    expect(await target(page, 1).getByLabel('Model').inputValue()).toBe('stub-slow');
    expect(await target(page, 1).evaluate((element) => element === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Remove target 2' }).click();
    await page.getByLabel('Attempts').fill('2');
    await page.getByLabel('Sticky').selectOption('A session');
    await page.getByRole('button', { name: 'Save route' }).click();
    await page.getByText('By session').waitFor();
    expect(await targetRow(page, 'stub/stub-first').count()).toBe(0);

    await page.getByText('Definition of version 1').click();
    await page.getByRole('button', { name: 'Restore version 1' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Restore this version' }).click();
    await targetRow(page, 'stub/stub-first').waitFor();
    await page.getByRole('button', { name: 'Restore version 2' }).waitFor();
    const { route } = await running.graphql<{ route: { version: number; sticky: string } }>(
      '{ route(name: "edited") { version sticky } }',
    );
    expect(route).toEqual({ version: 3, sticky: 'none' });

    await page.getByRole('button', { name: 'Delete route' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete route' }).click();
    await page.getByRole('heading', { name: 'Models', exact: true }).waitFor();
    await expect.poll(() => row.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('shows what is wrong with a field beside it', async () => {
    const { page, complaints } = await running.openConsole('/models/new-route');
    const problem = (label: string, text: string) =>
      page.getByLabel(label).and(page.getByRole('textbox', { name: label, description: new RegExp(text) }));
    await page.getByLabel('Name').fill('Not A Name');
    await target(page, 1).getByLabel('Model').fill('stub');
    await target(page, 1).getByLabel('Weight').fill('much');
    await target(page, 1).getByLabel('Parameters').fill('{temperature}');
    await page.getByRole('button', { name: 'Save route' }).click();
    await target(page, 1).getByText('must be a whole number').waitFor();
    await target(page, 1).getByText('is not JSON').waitFor();

    await target(page, 1).getByLabel('Weight').fill('1001');
    await target(page, 1).getByLabel('Parameters').fill('{"temperature": 9, "topp": 1}');
    await page.getByRole('button', { name: 'Save route' }).click();
    await target(page, 1).getByText('must be a whole number from 1 to 1000').waitFor();
    await target(page, 1).getByText('temperature: ').waitFor();
    await target(page, 1).getByText('did you mean "topP"?').waitFor();
    await page.getByText('must be 1 to 63 characters').waitFor();
    expect(await problem('Name', 'must be 1 to 63 characters').count()).toBe(1);
    expect(await problem('Weight', 'from 1 to 1000').getAttribute('aria-invalid')).toBe('true');
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('shows warnings after saving, and asks before changes are lost', async () => {
    const { page, complaints } = await running.openConsole('/models/new-route');
    await page.getByLabel('Name').fill('with-warnings');
    await page.getByLabel('Owner').selectOption('Global, for all tenants');
    await target(page, 1).getByLabel('Provider').selectOption('Claude (not configured)');
    await target(page, 1).getByLabel('Model').fill('claude-unknown');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Go back' }).click();
    expect(await page.getByLabel('Name').inputValue()).toBe('with-warnings');
    await page.getByRole('button', { name: 'Save route' }).click();
    await page.getByRole('region', { name: 'Warnings' }).getByText('ANTHROPIC_API_KEY').waitFor();
    await page.getByText('Global', { exact: true }).waitFor();

    await page.getByRole('button', { name: 'Edit route' }).click();
    await page.getByLabel('Attempts').fill('1');
    await page.getByRole('link', { name: 'Go back' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'with-warnings', exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('asks before changes are lost by Back', async () => {
    const { page, complaints } = await running.openConsole('/models?tab=prices');
    const question = page.getByRole('alertdialog', { name: 'Leave without saving?' });
    await page.getByRole('link', { name: 'Routes' }).click();
    await page.getByRole('button', { name: 'New route' }).click();
    await page.getByLabel('Name').fill('typed');
    await page.goBack();
    await question.getByRole('button', { name: 'Go back' }).click();
    await question.waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe('/console/models/new-route');
    expect(await page.getByLabel('Name').inputValue()).toBe('typed');

    await page.goBack();
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Models', exact: true }).waitFor();
    await page.waitForURL('**/console/models?tab=routes');
    await page.goBack();
    await page.getByLabel('Search models').waitFor();
    expect(new URL(page.url()).search).toBe('?tab=prices');

    await page.getByRole('link', { name: 'Routes' }).click();
    await page.getByRole('button', { name: 'New route' }).click();
    await page.getByLabel('Name').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Models', exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('tests a provider', async () => {
    const { page, complaints } = await running.openConsole('/models?tab=providers');
    const row = page.getByRole('row').filter({ hasText: 'stub' });
    await row.getByText('Enabled').waitFor();
    expect(await row.getByText('set ').count()).toBe(0);
    const openAi = page.getByRole('row').filter({ has: page.getByText('OpenAI', { exact: true }) });
    await openAi.filter({ hasText: 'openai' }).getByText('set OPENAI_API_KEY', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Test Stub' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It costs a few tokens').waitFor();
    await dialog.getByRole('button', { name: 'Send request' }).click();
    await dialog.getByText('Ok', { exact: true }).waitFor();
    await dialog.getByText('$0.00').first().waitFor();
    expect(await findObstacles(page)).toEqual([]);
    await dialog.getByLabel('Model').fill('stub-error');
    await dialog.getByRole('button', { name: 'Send request' }).click();
    await dialog.getByText('Failed', { exact: true }).waitFor();
    await dialog.getByText('stub-error fails on purpose').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'Test OpenAI' }).click();
    await dialog.getByRole('button', { name: 'Send request' }).click();
    await dialog.getByText('set OPENAI_API_KEY').waitFor();
    // Chromium writes that a reply had an error status.
    expect(complaints).toEqual([expect.stringContaining('status of 500'), expect.stringContaining('status of 400')]);
  });

  test('sets a price and takes it back', async () => {
    const { page, complaints } = await running.openConsole('/models?tab=prices');
    const prices = page.getByRole('region', { name: 'Prices', exact: true });
    await page.getByLabel('Search models').fill('gpt-4o-mini');
    await prices.getByRole('row').filter({ hasText: 'openai' }).first().waitFor();
    await page.getByLabel('Search models').fill('');
    await page.getByRole('button', { name: 'Set a price' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Provider').selectOption('OpenAI (not configured)');
    await dialog.getByLabel('Model').fill('<b>my-model</b>');
    await dialog.getByLabel('Input').fill('cheap');
    await dialog.getByRole('button', { name: 'Save price' }).click();
    await dialog.getByText('must be dollars per million tokens').waitFor();
    expect(await dialog.getByLabel('Input').getAttribute('aria-invalid')).toBe('true');
    await dialog.getByLabel('Input').fill('0.000000000001');
    await dialog.getByLabel('Output').fill('2.50');
    await dialog.getByRole('button', { name: 'Save price' }).click();

    const current = page.getByRole('region', { name: 'Prices that are set' });
    const row = current.getByRole('row').filter({ hasText: 'openai/<b>my-model</b>' });
    await row.getByText('$0.000000000001').waitFor();
    await row.getByText('$2.50').waitFor();
    expect(await row.getByText('as input').count()).toBe(2);
    await row.getByText('as cache write').waitFor();
    await row.getByText('as output').waitFor();
    await row.getByRole('button', { name: 'Unset price of' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Unset price' }).click();
    await page.getByText('None: the price list counts').waitFor();
    const history = page.getByRole('region', { name: 'History of prices' });
    await expect.poll(() => history.getByRole('row').filter({ hasText: '<b>my-model</b>' }).count()).toBe(2);
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('sets the price of a listed model', async () => {
    const { page, complaints } = await running.openConsole('/models?tab=prices&q=claude-haiku-4-5');
    await page.getByRole('button', { name: 'Set price of claude/claude-haiku-4-5', exact: true }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByLabel('Model').inputValue()).toBe('claude-haiku-4-5');
    await dialog.getByLabel('Input').fill('777');
    await dialog.getByLabel('Output').fill('888');
    await dialog.getByRole('button', { name: 'Save price' }).click();
    const row = page
      .getByRole('region', { name: 'Prices', exact: true })
      .getByRole('row')
      .filter({ has: page.getByText('claude-haiku-4-5', { exact: true }) });
    await row.getByText('$777.00').waitFor();
    await row.getByText('$888.00').waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows everything and no action to a key that may only read', async () => {
    await stubRoute('readable', 'stub');
    const { page, complaints } = await running.openConsoleAs(await createKey({}), '/models/routes/readable');
    await targetRow(page, 'stub/stub').getByText('Available').waitFor();
    await page.getByRole('heading', { name: 'History' }).waitFor();
    const actions = page.getByRole('button', { name: /Edit|Copy route|Delete|Restore|Try it|Test|Set|New route/ });
    expect(await actions.count()).toBe(0);
    await page.getByRole('link', { name: '← Routes' }).click();
    await page.getByRole('row').filter({ hasText: 'readable' }).waitFor();
    expect(await actions.count()).toBe(0);
    await page.getByRole('link', { name: 'Providers' }).click();
    await page.getByRole('row').filter({ hasText: 'Stub' }).first().waitFor();
    expect(await actions.count()).toBe(0);
    await page.getByText('Not configured').first().waitFor();
    expect(await page.getByText('_API_KEY').count()).toBe(0);
    await page.getByRole('link', { name: 'Prices' }).click();
    await page.getByRole('region', { name: 'Prices' }).waitFor();
    expect(await actions.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('shows hostile names as text', async () => {
    const model = '<img src=x onerror=alert(1)>';
    await setRoute({ name: 'hostile', targets: [{ provider: 'stub', model }] });
    const { page, complaints } = await running.openConsole('/models');
    await page.getByText(`stub/${model}`).waitFor();
    await page.getByRole('link', { name: 'hostile' }).click();
    await targetRow(page, `stub/${model}`).waitFor();
    await page.goto(`${running.dev.url}/console/models/routes/${encodeURI(model)}`);
    await page.getByText('This tenant can use no route').getByText(model).waitFor();
    expect(await page.getByRole('img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('fits a narrow screen in both colour schemes', async () => {
    await stubRoute(`wide-${'x'.repeat(58)}`, `stub-${'y'.repeat(200)}`, 'stub');
    const { page } = await running.openConsole('/models');
    await page.setViewportSize({ width: 390, height: 800 });
    const readOverflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const views = [
      ['?tab=routes', 'wide-'],
      ['?tab=providers', 'OpenAI'],
      ['?tab=prices', 'models'],
      [`/routes/wide-${'x'.repeat(58)}`, 'Available'],
      [`/routes/wide-${'x'.repeat(58)}/edit`, 'Save route'],
    ] as const;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [path, text] of views) {
        await page.goto(`${running.dev.url}/console/models${path}`);
        await page.getByText(text).first().waitFor();
        expect([path, await readOverflow()]).toEqual([path, 0]);
        expect([path, await findObstacles(page)]).toEqual([path, []]);
      }
    }
  });
});
