import { request } from 'node:http';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultReplyText, providerKeys, unicodeChunks } from './provider-server/known-models.ts';
import { startProviderServer } from './provider-server/provider-server.ts';
import { hasRecordings } from './provider-server/recording-files.ts';

const server = await startProviderServer();
afterAll(() => server.close());
beforeEach(() => server.forget());

const protocols = {
  openai: { path: '/v1/chat/completions', model: 'gpt-4o', more: {} },
  anthropic: { path: '/v1/messages', model: 'claude-opus-4-6', more: { max_tokens: 9 } },
  ollama: { path: '/api/chat', model: 'llama3.2', more: {} },
};
type Protocol = keyof typeof protocols;
const all: Protocol[] = ['openai', 'anthropic', 'ollama'];

const headers = {
  'content-type': 'application/json',
  authorization: `Bearer ${providerKeys.openai}`,
  'x-api-key': providerKeys.anthropic,
  'anthropic-version': '2023-06-01',
};

function call(protocol: Protocol, scenario: string, stream = true, signal?: AbortSignal): Promise<Response> {
  const { path, model, more } = protocols[protocol];
  const messages = [{ role: 'user', content: `[[scenario:${scenario}]] Hi` }];
  const body = JSON.stringify({ model, messages, stream, ...more });
  return fetch(server.url + path, { method: 'POST', headers, body, ...(signal && { signal }) });
}

/** Parses the text of a streamed body line by line. Throws if a line is not JSON. */
function textOf(protocol: Protocol, body: string): string {
  const prefix = protocol === 'ollama' ? '' : 'data: ';
  const lines = body.split(/\r?\n/).filter((line) => line.startsWith(prefix) && line !== '' && line !== 'data: [DONE]');
  const events = lines.map((line) => JSON.parse(line.slice(prefix.length)));
  const pick = {
    openai: (event: (typeof events)[0]) => event.choices?.[0]?.delta.content,
    anthropic: (event: (typeof events)[0]) => event.delta?.text,
    ollama: (event: (typeof events)[0]) => event.message?.content,
  }[protocol];
  return events.map((event) => pick(event) ?? '').join('');
}

const ends = { openai: 'data: [DONE]\n\n', anthropic: 'data: {"type":"message_stop"}\n\n', ollama: '}\n' };

describe.each(all)('%s', (protocol) => {
  test('streams its known text to the end', async () => {
    const body = await (await call(protocol, 'paced ms=0 chunks=3')).text();
    expect(textOf(protocol, body)).toBe('chunk-0 chunk-1 chunk-2 ');
    expect(body.endsWith(ends[protocol])).toBe(true);
  });

  test('writes multi-byte characters byte by byte and with CRLF', async () => {
    const response = await call(protocol, 'unicode,bytes,crlf');
    const body = await response.text();
    expect(textOf(protocol, body)).toBe(unicodeChunks.join(''));
    expect(body).not.toMatch(/[^\r]\n/);
  });

  test('breaks off in the middle', async () => {
    await expect((await call(protocol, 'cut after=1')).text()).rejects.toThrow('terminated');
    await expect((await call(protocol, 'cut', false)).text()).rejects.toThrow('terminated');
    await expect((await call(protocol, 'headers-then-reset')).text()).rejects.toThrow('terminated');
    expect(server.aborted).toBe(0);
  });

  test('breaks off in the middle of a character', async () => {
    const reader = (await call(protocol, 'cut,unicode after=0 mid=character')).body?.getReader();
    const bytes: number[] = [];
    await expect(async () => {
      for (;;) bytes.push(...((await reader?.read())?.value ?? []));
    }).rejects.toThrow('terminated');
    expect(bytes.at(-1)).toBe(0xd0);
  });

  test('closes the connection without the terminator', async () => {
    for (const after of ['0', '2', 'end']) {
      const body = await (await call(protocol, `clean-cut after=${after}`)).text();
      expect(body.endsWith(protocol === 'ollama' ? '"done":true}\n' : ends[protocol])).toBe(false);
    }
  });

  test('sends an error after a number of chunks', async () => {
    const body = await (await call(protocol, 'error-event,paced ms=0 after=3')).text();
    expect(textOf(protocol, body)).toBe('chunk-0 chunk-1 chunk-2 ');
    expect(body.trimEnd().split('\n').at(-1)).toContain('error');
  });

  test('sends invalid JSON, HTML, and no content type', async () => {
    const stream = await (await call(protocol, 'broken-json')).text();
    expect(() => textOf(protocol, stream)).toThrow(SyntaxError);
    await expect((await call(protocol, 'broken-json', false)).json()).rejects.toThrow(SyntaxError);
    const page = await call(protocol, 'html code=200');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
    expect((await call(protocol, 'no-content-type')).headers.get('content-type')).toBe(null);
  });

  test('fails with a status and the error of the vendor', async () => {
    for (const code of [401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529]) {
      const response = await call(protocol, `status code=${code} retryAfter=7`);
      expect([response.status, response.headers.get('retry-after')]).toEqual([code, '7']);
      expect(await response.json()).toHaveProperty('error');
    }
  });

  test('omits token counts', async () => {
    for (const stream of [true, false]) {
      const body = await (await call(protocol, 'no-usage', stream)).text();
      expect(body).not.toMatch(/_tokens|eval_count/);
    }
  });

  test('pauses, and counts the clients that disconnect', async () => {
    for (const scenario of ['silence', 'silence-after-headers', 'silence after=1']) {
      const leave = new AbortController();
      const reply = call(protocol, scenario, true, leave.signal).then((response) => response.text());
      await expect.poll(() => server.open.replies).toBe(1);
      leave.abort();
      await expect(reply).rejects.toThrow('aborted');
      await expect.poll(() => server.open.replies).toBe(0);
    }
    expect(server.aborted).toBe(3);
  });

  test("sends the vendor's other finish reasons", async () => {
    const body = async (scenario: string) => (await call(protocol, scenario, false)).text();
    expect(await body('finish reason=brand_new')).toContain('"brand_new"');
    expect(await body('length')).toMatch(/"(length|max_tokens)"/);
    expect(await body('empty')).not.toContain(defaultReplyText(protocol));
    expect(await body('tool-call')).toContain('get_weather');
  });
});

test('the last line may have no line break', async () => {
  for (const protocol of all) expect(await (await call(protocol, 'no-newline')).text()).toMatch(/[}\]]$/);
});

test('cached tokens are counted by the rule of each vendor', async () => {
  const openai = await (await call('openai', 'cached', false)).json();
  expect(openai.usage).toMatchObject({ prompt_tokens: 2100, prompt_tokens_details: { cached_tokens: 1920 } });
  const anthropic = await (await call('anthropic', 'cached', false)).json();
  expect(anthropic.usage).toMatchObject({
    input_tokens: 30,
    cache_read_input_tokens: 1920,
    cache_creation_input_tokens: 150,
    cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 50 },
  });
});

test('completion tokens include or exclude reasoning tokens', async () => {
  const included = await (await call('openai', 'reasoning', false)).json();
  expect(included.usage).toMatchObject({ completion_tokens: 71, total_tokens: 90 });
  const beside = await (await call('openai', 'reasoning beside=true', false)).json();
  expect(beside.usage).toMatchObject({ completion_tokens: 7, total_tokens: 90 });
});

test('a paced stream arrives chunk by chunk', async () => {
  let reads = 0;
  for await (const _ of (await call('openai', 'paced ms=10 chunks=10')).body ?? []) reads += 1;
  expect(reads).toBeGreaterThanOrEqual(5);
});

test('a held reply waits until it is released', async () => {
  const heldResponse = call('openai', 'held mark=one', false);
  await expect.poll(() => server.open.replies).toBe(1);
  await fetch(`${server.url}/_release?mark=another`, { method: 'POST' });
  expect(server.open.replies).toBe(1);
  await fetch(`${server.url}/_release?mark=one`, { method: 'POST' });
  expect((await heldResponse).status).toBe(200);
});

test('a stream waits after a number of chunks until it is released', async () => {
  const reader = (await call('openai', 'held mark=middle after=1')).body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('Привет')) text += decoder.decode((await reader?.read())?.value, { stream: true });
  expect(text).not.toContain('Это');
  await fetch(`${server.url}/_release?mark=middle`, { method: 'POST' });
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    text += decoder.decode(read.value, { stream: true });
  }
  expect(text).toContain('[DONE]');
});

test('a long stream is written as fast as it is read', async () => {
  const body = await (await call('openai', 'long chunks=2000 size=100')).text();
  expect(textOf('openai', body).length).toBe(200_000);
});

test('a misspelt scenario is an error, not the default', async () => {
  expect((await call('openai', 'chopped')).status).toBe(500);
  expect((await call('openai', 'cut afterwards=1')).status).toBe(500);
});

test('the recorded requests are available by HTTP', async () => {
  await (await call('openai', 'empty', false)).text();
  const report = await (await fetch(`${server.url}/_seen?containing=gpt-4o`)).json();
  expect(report).toMatchObject({ requests: [{ method: 'POST', path: '/v1/chat/completions' }], open: { replies: 0 } });
  await fetch(`${server.url}/_seen`, { method: 'DELETE' });
  expect(server.requests).toEqual([]);
});

test('the server survives a client that disconnects in mid-request', async () => {
  const leaving = request(`${server.url}/api/chat`, { method: 'POST', headers: { 'content-length': '100' } });
  leaving.on('error', () => undefined);
  leaving.write('{');
  await expect.poll(() => server.open.connections).toBeGreaterThan(0);
  leaving.destroy();
  expect((await call('ollama', 'empty', false)).status).toBe(200);
});

if (!hasRecordings) console.warn('No recordings beside this checkout: they are not played here.');

describe.skipIf(!hasRecordings)('recordings', () => {
  test.each<[Protocol, string]>([
    ['openai', 'openai/chat-text'],
    ['anthropic', 'anthropic/text'],
    ['ollama', 'ollama/chat-text'],
  ])('of %s are played as whole replies and as streams', async (protocol, name) => {
    const stream = await (await call(protocol, `recording name=${name}`)).text();
    expect(textOf(protocol, stream)).not.toBe('');
    expect(stream.endsWith(ends[protocol])).toBe(true);
    expect(await (await call(protocol, `recording name=${name}`, false)).json()).toHaveProperty('model');
  });
});
