import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultReplyText, providerKeys, unicodeChunks } from '../support/provider-server/known-models.ts';
import { startProviderServer } from '../support/provider-server/provider-server.ts';
import { startDevGateway } from './dev-gateway.ts';
import { type ExampleProgram, examplePrograms } from './example-programs.ts';
import { type Edit, runExample } from './run-example.ts';

const providers = await startProviderServer();
afterAll(() => providers.close());
const gateway = await startDevGateway({
  OPENAI_BASE_URL: providers.openAiBaseUrl,
  OPENAI_API_KEY: providerKeys.openai,
});
afterAll(() => gateway.stop());
beforeEach(() => providers.forget());

const stubLine = /,(\s*)(["']?)provider\2:(\s+)(["'])stub\4/;
const openAiInstead: Edit = (source) =>
  replace(source, stubLine, ',$1$2provider$2:$3$4openai$4, $2model$2:$3$4gpt-4o-mini$4');
const providerLeftOut: Edit = (source) => replace(source, stubLine, '');
const openAiNamed =
  (prompt: string): Edit =>
  (source) =>
    replace(
      source,
      /(['"]?)prompt\1: 'Hello!'/,
      `$1prompt$1: '${prompt}', $1provider$1: 'openai', $1model$1: 'gpt-4o-mini'`,
    );

function replace(source: string, pattern: RegExp, by: string): string {
  const changed = source.replace(pattern, by);
  if (changed === source) throw new Error('the example is not written as this test expects it');
  return changed;
}

/** Returns the reply in the output of a program. The output of curl is JSON, that of the others is the text. */
function shownText({ language, route }: ExampleProgram, printed: string): string {
  if (language !== 'curl') return route === 'chat' ? printed.replace(/\n$/, '') : printed;
  if (route === 'chat') return JSON.parse(printed).content;
  const events = printed.split('\n').filter((line) => line.startsWith('data: '));
  const parsed = events.map((line) => JSON.parse(line.slice(6)));
  expect(parsed.at(-1)).toMatchObject({ type: 'done' });
  return parsed.map((event) => (event.type === 'chunk' ? event.content : '')).join('');
}

/** Sends the same call to the gateway and returns its reply. */
async function replyOf(call: object): Promise<string> {
  const response = await fetch(`${gateway.url}/api/chat/completions`, {
    method: 'POST',
    headers: { 'x-api-key': 'dev-api-key-12345', 'content-type': 'application/json' },
    body: JSON.stringify(call),
  });
  const { content } = await response.json();
  expect(content).toEqual(expect.stringMatching(/\S/));
  return content;
}

const naming = examplePrograms.filter(({ namesProvider }) => namesProvider);
const notNaming = examplePrograms.filter(({ namesProvider }) => !namesProvider);

describe.each(naming)('$file', (program) => {
  const runnable = test.skipIf(program.runner === undefined);

  runnable('shows the reply of OpenAI if that is named', async () => {
    const printed = await runExample(program, gateway.url, openAiInstead);
    expect(shownText(program, printed)).toBe(defaultReplyText('openai'));
    expect(providers.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  });

  runnable('shows the reply of Stub without changes', async () => {
    const printed = await runExample(program, gateway.url);
    expect(shownText(program, printed)).toBe(await replyOf({ ...program.call, provider: 'stub' }));
    expect(providers.requests).toEqual([]);
  });

  runnable('shows the reply of the default provider if none is named', async () => {
    const printed = await runExample(program, gateway.url, providerLeftOut);
    expect(shownText(program, printed)).toBe(await replyOf(program.call));
    expect(providers.requests).toEqual([]);
  });
});

const handling = naming.filter(({ language }) => language !== 'curl');

test.each(handling)('$file prints the error of a rejected request and fails', async (program) => {
  if (program.runner === undefined) return;
  const refused = runExample(program, gateway.url, (source) =>
    replace(source, stubLine, ',$1$2provider$2:$3$4nowhere$4'),
  );
  await expect(refused).rejects.toThrow(/ended with 1: .*nowhere/);
});

describe.each(notNaming)('$file', (program) => {
  const runnable = test.skipIf(program.runner === undefined);

  runnable('shows the reply of the default provider without changes', async () => {
    const printed = await runExample(program, gateway.url);
    expect(shownText(program, printed)).toBe(await replyOf(program.call));
    expect(providers.requests).toEqual([]);
  });

  runnable('shows any character in a stream of OpenAI if that is named', async () => {
    expect(await runExample(program, gateway.url, openAiNamed('Hello!'))).toBe(defaultReplyText('openai'));
    expect(await runExample(program, gateway.url, openAiNamed('[[scenario:unicode]]'))).toBe(unicodeChunks.join(''));
  });
});

test('curl shows a reply of the shape that the README promises', async () => {
  const [chat] = examplePrograms;
  if (!chat) throw new Error('no example');
  expect(JSON.parse(await runExample(chat, gateway.url, openAiInstead))).toMatchObject({
    content: defaultReplyText('openai'),
    finishReason: 'stop',
    tokensIn: 19,
    tokensOut: 7,
    // 19 tokens at $0.15 and 7 at $0.60 a million.
    cost: 0.00000705,
    provider: 'openai',
    model: 'gpt-4o-mini',
  });
});
