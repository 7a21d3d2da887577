import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as readAll } from 'node:stream/consumers';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { type ConsoleTest, devKey, findObstacles, startConsole } from './console-page.ts';

const hostile =
  '<img src=x onerror=alert(1)><script>alert(2)</script>\u0007\u202eabc\u2066 {{x}} </pre> **b** [a](javascript:x)';

/** One pixel. */
const pngBase64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

describe.skipIf(!hasChromium)('the playground of the console in a browser', () => {
  let running: ConsoleTest;
  let tenantId: string;

  beforeAll(async () => {
    running = await startConsole();
    const { me } = await running.graphql<{ me: { id: string } }>('{ me { id } }');
    tenantId = me.id;
  });

  afterAll(() => running?.stop());

  const openPlayground = (search = '?model=stub') => running.openConsole(`/playground${search}`);

  async function createKey(input: object): Promise<string> {
    const { createApiKey } = await running.graphql<{ createApiKey: { key: string } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      { input: { tenantId, name: 'playground', ...input } },
    );
    return createApiKey.key;
  }

  test('sends a prompt and shows text, tokens, cost and the request', async () => {
    const { page, origins, complaints } = await openPlayground();
    await send(page, 'Hello playground');
    const reply = getReply(page);
    await reply.getByText('Stub reply to: Hello playground', { exact: true }).waitFor();
    await expect.poll(() => readFigure(reply, 'Tokens in')).toBe('2');
    expect(await readFigure(reply, 'Tokens out')).toBe('5');
    expect(await readFigure(reply, 'Finish reason')).toBe('stop');
    expect(await readFigure(reply, 'Answered by')).toBe('stub / stub');
    expect(await readFigure(reply, 'Attempts')).toBe('1');
    expect(await readFigure(reply, 'First byte')).toMatch(/ m?s$/);
    await expect.poll(() => readFigure(reply, 'Cost')).toBe('$0.00');
    const link = reply.getByRole('link', { name: /^req_/ });
    expect(await link.getAttribute('href')).toBe(`/console/requests/${await link.textContent()}`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findObstacles(page)).toEqual([]);
    }
    expect([...origins]).toEqual([running.dev.url]);
    expect(complaints).toEqual([]);
  });

  test('suggests models, and has the model and the parameters in the URL but not the prompt', async () => {
    const { page } = await openPlayground('');
    await page.getByText('Choose a model or a route.').first().waitFor();
    const suggestions = page.getByLabel('Model or route');
    await expect
      .poll(() => suggestions.evaluate((input: HTMLInputElement) => input.list?.options.length ?? 0))
      .not.toBe(0);
    await suggestions.fill('stub');
    await page.getByText('Parameters').click();
    await page.getByLabel('Temperature').fill('0,5');
    await page.getByText('Write a number, such as 0.7.').waitFor();
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Temperature').fill('0.5');
    await page.getByLabel('Max tokens').fill('3');
    await page.getByLabel('System prompt').fill('secret prompt');
    const sent = page.waitForRequest('**/v1/chat/completions');
    await send(page, 'secret message');
    expect((await sent).postDataJSON()).toEqual({
      model: 'stub',
      messages: [
        { role: 'system', content: 'secret prompt' },
        { role: 'user', content: 'secret message' },
      ],
      temperature: 0.5,
      max_tokens: 3,
      stream: true,
      stream_options: { include_usage: true },
    });
    await expect.poll(() => readFigure(getReply(page), 'Finish reason')).toBe('length');
    expect(new URL(page.url()).search).toBe('?model=stub&temperature=0.5&max_tokens=3');
    await page.reload();
    await page.getByText('Parameters').click();
    expect(await page.getByLabel('Max tokens').inputValue()).toBe('3');
  });

  test('stops a slow stream, keeps what has arrived, and leaves the provider', async () => {
    const { page, complaints } = await openPlayground('?model=stub-slow');
    await send(page, 'word '.repeat(200));
    const reply = getReply(page);
    await reply.getByText(/Stub reply to: word word/).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await reply.getByText('What had arrived until then is kept.').waitFor();
    const text = await reply.locator('pre').textContent();
    expect(text).toMatch(/^Stub reply to: word word/);
    expect(text?.length).toBeLessThan(500);
    const id = await reply.getByRole('link', { name: /^req_/ }).textContent();
    const readStatus = async () => {
      const { request } = await running.graphql<{ request: { status: string } | null }>(
        'query ($id: ID!) { request(id: $id) { status } }',
        { id },
      );
      return request?.status;
    };
    await expect.poll(readStatus).toBe('CLIENT_GONE');
    expect(complaints).toEqual([]);
  });

  test('shows errors with code, message and request, and the text before them', async () => {
    const { page } = await openPlayground('?model=stub-error');
    await send(page, 'Hello');
    const alert = getReply(page).getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/^500 server_error: stub-error fails on purpose\. · request req_/);
    await page.getByLabel('Model or route').fill('stub-cut');
    await page.getByRole('button', { name: 'Regenerate' }).click();
    await getReply(page).getByText('Stub reply', { exact: false }).first().waitFor();
    await expect.poll(() => getReply(page).getByRole('alert').textContent()).toMatch(/provider_error/);
    expect(await findObstacles(page)).toEqual([]);
  });

  test('shows what the gateway refuses at the fields that it names', async () => {
    const { page, complaints } = await openPlayground();
    const stop = page.getByRole('textbox', { name: 'Stop sequences', description: /more than 16 sequences/ });
    await page.getByText('Parameters').click();
    await page.getByLabel('Stop sequences').fill('x\n'.repeat(17));
    await page.getByText('Parameters').click();
    expect(await page.getByLabel('Stop sequences').isVisible()).toBe(false);
    await send(page, 'Hello');
    await stop.waitFor();
    expect(await stop.getAttribute('aria-invalid')).toBe('true');
    await getReply(page)
      .getByRole('alert')
      .getByText(/^400 invalid_request_error: stop /)
      .waitFor();
    expect(await findObstacles(page)).toEqual([]);
    await page.getByLabel('Stop sequences').fill('END');
    await stop.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Stop sequences').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Regenerate' }).click();
    await page.getByText('Stub reply to: Hello').waitFor();
    expect(complaints.filter((complaint) => !complaint.includes('status of 400'))).toEqual([]);
  });

  test('shows beside the second model that there is none of its name', async () => {
    const { page } = await openPlayground('?model=stub&compare=on&model2=nowhere/x');
    await send(page, 'Hello');
    const refused = page.getByRole('combobox', { name: 'Second model or route', description: /"nowhere"/ });
    await refused.waitFor();
    expect(await page.getByLabel('Model or route', { exact: true }).getAttribute('aria-invalid')).toBe(null);
    await refused.fill('stub');
    await refused.waitFor({ state: 'detached' });
  });

  test('compares two models with the same messages', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByLabel('Compare two models').check();
    await page.getByLabel('Second model or route').fill('stub-slow');
    await send(page, 'Same for both');
    const first = page.getByRole('region', { name: 'Conversation with stub', exact: true });
    const second = page.getByRole('region', { name: 'Conversation with stub-slow' });
    await first.getByText('Stub reply to: Same for both').waitFor();
    await expect.poll(() => readFigure(first, 'Tokens out')).toBe('6');
    await second.getByRole('button', { name: 'Stop' }).waitFor();
    await second.getByText('Stub reply to: Same for both').waitFor();
    await expect.poll(() => readFigure(second, 'Tokens out')).toBe('6');
    expect(new URL(page.url()).search).toBe('?model=stub&compare=on&model2=stub-slow');
    expect(await findObstacles(page)).toEqual([]);
    await page.getByLabel('Compare two models').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Close it' }).click();
    await second.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('gives code that works', async () => {
    const { page, complaints } = await openPlayground('?model=stub&temperature=0.5&stop=END');
    const prompt = `It's "quoted" \\n \${x} $(exit 1) \`exit 2\` é漢😀`;
    await page.getByLabel('System prompt').fill('Be\nbrief');
    await send(page, prompt);
    await getReply(page).getByText(`Stub reply to: ${prompt}`).waitFor();
    await page.getByRole('button', { name: 'Code' }).click();
    const dialog = page.getByRole('dialog', { name: 'Code' });
    expect(await findObstacles(page)).toEqual([]);
    const programs = [
      { tab: 'curl', command: 'sh', args: ['-c'] },
      { tab: 'OpenAI, TypeScript', command: process.execPath, args: ['--input-type=module-typescript', '-e'] },
      { tab: 'Anthropic', command: process.execPath, args: ['--input-type=module-typescript', '-e'] },
      { tab: 'AI SDK', command: process.execPath, args: ['--input-type=module-typescript', '-e'] },
    ];
    for (const { tab, command, args } of programs) {
      await dialog.getByRole('tab', { name: tab }).click();
      const code = await dialog.getByRole('tabpanel').locator('pre').textContent();
      expect(code).not.toContain(devKey);
      const output = await run(command, [...args, code ?? '']);
      expect(readText(output), tab).toBe(`Stub reply to: ${prompt}`);
    }
    await dialog.getByRole('button', { name: 'Copy code' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('createOpenAICompatible');
    expect(complaints).toEqual([]);
  });

  test('sends the conversation as a job', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByText('Write a message.').waitFor();
    await send(page, 'First');
    await getReply(page).getByText('Stub reply to: First').waitFor();
    await page.getByLabel('Message').fill('Second');
    await page.getByRole('button', { name: 'Send as job' }).click();
    const link = page.getByRole('link', { name: /^Job job_/ });
    await link.click();
    await page.getByText('Stub reply to: Second').waitFor();
    await page.getByText('assistant: Stub reply to: First').waitFor();
    expect(complaints).toEqual([]);
  });

  test('says what a job cannot have', async () => {
    const { page } = await openPlayground('?model=stub&seed=1');
    await page.getByLabel('Message').fill('Hello');
    await page.getByText('A job cannot have a seed.').waitFor();
    expect(await page.getByRole('button', { name: 'Send as job' }).isDisabled()).toBe(true);
  });

  test('shows a hostile reply as text', async () => {
    const { page, complaints } = await openPlayground();
    await send(page, hostile);
    const text = getReply(page).locator('pre');
    await expect.poll(() => text.textContent()).toBe(`Stub reply to: ${hostile}`);
    expect(await page.locator('pre img, pre script, pre a').count()).toBe(0);
    await page.getByRole('button', { name: 'Code' }).click();
    expect(await page.getByRole('tabpanel').locator('pre').textContent()).toContain('\\u202e');
    expect(complaints).toEqual([]);
  });

  test('stays responsive while a reply of 5 MB arrives', async () => {
    const { page, complaints } = await openPlayground();
    const content = `long ${' '.repeat(155)}\n`.repeat(32_000);
    await page.route('**/v1/chat/completions', (route) =>
      route.continue({ postData: { ...route.request().postDataJSON(), messages: [{ role: 'user', content }] } }),
    );
    await send(page, 'Long');
    await page.evaluate(measureFrames);
    const reply = getReply(page);
    await page.getByText('Receiving…').waitFor();
    await page.getByLabel('Message').fill('typed meanwhile');
    await reply.getByText(/^The first 20,000 characters of 5,1/).waitFor();
    await expect.poll(() => readFigure(reply, 'Tokens out')).toBe('32,003');
    expect(await page.evaluate(readMaxFrameMs)).toBeLessThan(1_500);
    await reply.getByRole('button', { name: 'Show all' }).click();
    await expect
      .poll(async () => (await reply.locator('pre').textContent())?.length)
      .toBe(content.length + 'Stub reply to: '.length);
    expect(await page.getByLabel('Message').inputValue()).toBe('typed meanwhile');
    expect(complaints).toEqual([]);
  });

  test('shows a tool call, and sends the result that the visitor types', async () => {
    const { page, complaints } = await openPlayground();
    await page.getByText('Tools and response format').click();
    await page.getByLabel('Tools', { exact: true }).fill('[{"type": "function"}]');
    await page.getByText('[0] is not {"type": "function", "function": {"name": …}}.').waitFor();
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
    await page.getByLabel('Tools', { exact: true }).fill(JSON.stringify(tools));
    await send(page, '[[tool:get_weather {"city":"Oslo"}]]');
    const call = page.getByRole('region', { name: 'Tool call get_weather' });
    await call.getByText('{"city":"Oslo"}').waitFor();
    expect(await findObstacles(page)).toEqual([]);
    await page.getByLabel('Result of get_weather').fill('sunny');
    await page.getByRole('button', { name: 'Send the result' }).click();
    await page.getByText('Stub reply to: sunny').waitFor();
    expect(complaints).toEqual([]);
  });

  test('asks for a reply in a JSON Schema, whole', async () => {
    const { page } = await openPlayground('?model=stub&stream=off');
    await page.getByText('Tools and response format').click();
    await page
      .getByLabel('Response format')
      .fill('{"type": "object", "properties": {"n": {"const": 7}}, "required": ["n"]}');
    await send(page, 'A number');
    await getReply(page).getByText('{"n":7}').waitFor();
    await expect.poll(() => readFigure(getReply(page), 'Finish reason')).toBe('stop');
  });

  test('regenerates, edits and removes the last turn, and asks before it clears', async () => {
    const { page, complaints } = await openPlayground();
    await send(page, 'One');
    await page.getByText('Stub reply to: One').waitFor();
    await send(page, 'Two');
    await page.getByText('Stub reply to: Two').waitFor();
    const sent = page.waitForRequest('**/v1/chat/completions');
    await page.getByRole('button', { name: 'Regenerate' }).click();
    expect((await sent).postDataJSON().messages).toHaveLength(3);
    await page.getByText('Stub reply to: Two').waitFor();
    await page.getByRole('button', { name: 'Edit last message' }).click();
    expect(await page.getByLabel('Message').inputValue()).toBe('Two');
    await send(page, 'Three');
    await page.getByText('Stub reply to: Three').waitFor();
    expect(await page.getByText('Stub reply to: Two').count()).toBe(0);
    await page.getByRole('button', { name: 'Remove last turn' }).click();
    expect(await page.getByText('Stub reply to: Three').count()).toBe(0);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Go back' }).click();
    await page.getByText('Stub reply to: One').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Stub reply to: One').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('adds images, and says which files are none', async () => {
    const { page, complaints } = await openPlayground();
    const field = page.getByLabel('Add images');
    await field.setInputFiles({ name: 'fake.png', mimeType: 'image/png', buffer: Buffer.from('<svg/>') });
    await page.getByText('fake.png is not a PNG, JPEG, GIF or WebP image.').waitFor();
    await field.setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(pngBase64, 'base64') });
    await page.getByRole('img', { name: 'dot.png' }).waitFor();
    expect(await findObstacles(page)).toEqual([]);
    await page.getByText('A job cannot have images.').waitFor();
    const sent = page.waitForRequest('**/v1/chat/completions');
    await send(page, 'What is it?');
    expect((await sent).postDataJSON().messages).toEqual([askAboutImage('What is it?')]);
    expect(complaints).toEqual([]);
  });

  test('adds an image from the clipboard', async () => {
    const { page, complaints } = await openPlayground();
    const message = page.getByLabel('Message');
    await message.fill('What did I paste?');
    expect(await message.evaluate(pasteImage, pngBase64)).toBe(true);
    const thumbnail = page.getByRole('img', { name: 'pasted.png' });
    await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
    expect(await message.inputValue()).toBe('What did I paste?');
    await page.getByRole('button', { name: 'Remove pasted.png' }).click();
    await thumbnail.waitFor({ state: 'detached' });
    await message.evaluate(pasteImage, pngBase64);
    await thumbnail.waitFor();
    const sent = page.waitForRequest('**/v1/chat/completions');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    expect((await sent).postDataJSON().messages).toEqual([askAboutImage('What did I paste?')]);
    await page.getByRole('article', { name: 'You' }).getByRole('img', { name: 'pasted.png' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('loads the messages of a logged request, when the visitor asks for them', async () => {
    const key = await createKey({ scopes: ['chat'], keepBodies: 'ALL' });
    const response = await fetch(`${running.dev.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ model: 'stub', max_tokens: 50, system: 'Be brief', temperature: 0.25, top_k: 5 },
        messages: [
          { role: 'user', content: 'Earlier' },
          { role: 'assistant', content: 'Before' },
          { role: 'user', content: 'Logged question' },
        ],
      }),
    });
    const id = response.headers.get('x-request-id');
    const readBodies = async () => {
      const query = 'query ($id: ID!) { request(id: $id) { id } requestBodies(requestId: $id) { request } }';
      const data = await running.graphql<Record<string, object | null>>(query, { id });
      return data.request !== null && data.requestBodies !== null;
    };
    await expect.poll(readBodies).toBe(true);
    const { page, complaints } = await openPlayground(`?request=${id}`);
    await expect.poll(() => page.getByLabel('Model or route').inputValue()).toBe('stub/stub');
    await page.getByRole('button', { name: 'Load its messages' }).click();
    await page.getByText('Loaded without top_k').waitFor();
    expect(await page.getByLabel('Message').inputValue()).toBe('Logged question');
    expect(await page.getByLabel('System prompt').inputValue()).toBe('Be brief');
    expect(await page.getByLabel('Model or route').inputValue()).toBe('stub');
    expect(new URL(page.url()).searchParams.get('temperature')).toBe('0.25');
    await page.getByText('Before', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Stub reply to: Logged question').waitFor();
    expect(await findObstacles(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('shows to a key with the scope chat alone no more than it may do', async () => {
    const key = await createKey({ scopes: ['chat'] });
    const { page, complaints } = await running.openConsoleAs(key, '/playground?model=stub&request=req_1');
    await page.getByRole('heading', { name: 'Playground' }).waitFor();
    expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()).toEqual([
      'Playground',
    ]);
    await page.getByText('The request log needs a key with the scope read.').waitFor();
    await send(page, 'Hello');
    const reply = getReply(page);
    await reply.getByText('Stub reply to: Hello').waitFor();
    await expect.poll(() => readFigure(reply, 'Cost')).toBe('needs a key with the scope read');
    expect(await readFigure(reply, 'Request')).toMatch(/^req_/);
    expect(await reply.getByRole('link').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Send as job' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('fits a narrow screen in both colour schemes', async () => {
    const { page } = await openPlayground('?model=stub&compare=on&model2=stub');
    await page.setViewportSize({ width: 390, height: 800 });
    await send(page, `${'x'.repeat(500)} ${hostile}`);
    await expect.poll(() => page.getByText('$0.00').count()).toBe(2);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const readOverflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await expect.poll(readOverflow).toBeLessThanOrEqual(0);
      expect(await findObstacles(page)).toEqual([]);
    }
    await page.getByRole('button', { name: 'Code' }).click();
    expect(await findObstacles(page)).toEqual([]);
  });
});

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

function getReply(page: Page): Locator {
  return page.getByRole('article', { name: 'Model' }).last();
}

/** The message of a request with a text and the image. */
function askAboutImage(text: string): object {
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${pngBase64}` } };
  return { role: 'user', content: [{ type: 'text', text }, image] };
}

/** Runs in the page. Pastes a PNG file into an element, and returns whether the page has taken it. */
function pasteImage(element: Element, base64: string): boolean {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
  return !element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}

/** Reads the value of a figure by its label. */
async function readFigure(scope: Locator, label: string): Promise<string | null | undefined> {
  const terms = await scope.getByRole('term').allTextContents();
  const values = await scope.getByRole('definition').allTextContents();
  return values[terms.indexOf(label)];
}

/** Runs a program with the dev key in its environment. */
async function run(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GATEWAY_API_KEY: devKey };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [status]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'close'),
  ]);
  if (status !== 0) throw new Error(errors);
  return output;
}

/** Returns the text that a program has printed: itself, or the events of a stream. */
function readText(output: string): string {
  if (!output.startsWith('data: ')) return output;
  return output
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)).choices[0]?.delta.content ?? '')
    .join('');
}

const frames = globalThis as unknown as { maxFrameMs: number };

/** Runs in the page. */
function measureFrames(): void {
  const measured = globalThis as unknown as typeof frames;
  measured.maxFrameMs = 0;
  let lastMs = performance.now();
  const measure = (nowMs: number) => {
    measured.maxFrameMs = Math.max(measured.maxFrameMs, nowMs - lastMs);
    lastMs = nowMs;
    requestAnimationFrame(measure);
  };
  requestAnimationFrame(measure);
}

function readMaxFrameMs(): number {
  return (globalThis as unknown as typeof frames).maxFrameMs;
}
