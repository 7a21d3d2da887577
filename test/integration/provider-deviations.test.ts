import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, joinChunks, ledgerRows, post, readEvents, variables } from './gateway.ts';

/** One way of a request through the gateway: passed through or translated, in the protocol of a route. */
interface Way {
  readonly name: string;
  readonly path: string;
  readonly body: (prompt: string) => object;
  /** Where the same body goes directly, with which headers. Absent: the reply is translated. */
  readonly direct?: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

const chat =
  (model: string, more: object = {}) =>
  (prompt: string) => ({
    model,
    messages: [{ role: 'user', content: prompt }],
    ...more,
  });
const bearer = { authorization: `Bearer ${variables.OPENAI_API_KEY}` };
const claudeHeaders = { 'x-api-key': variables.ANTHROPIC_API_KEY ?? '', 'anthropic-version': '2023-06-01' };
const counted = { stream_options: { include_usage: true } };

const passed: readonly Way[] = [
  {
    name: 'chat completions, passed through',
    path: '/v1/chat/completions',
    body: chat('gpt-4o-mini', counted),
    direct: { url: `${variables.OPENAI_BASE_URL}/chat/completions`, headers: bearer },
  },
  {
    name: 'responses, passed through',
    path: '/v1/responses',
    body: (input) => ({ model: 'gpt-4o-mini', input }),
    direct: { url: `${variables.OPENAI_BASE_URL}/responses`, headers: bearer },
  },
  {
    name: 'messages, passed through',
    path: '/v1/messages',
    body: chat('claude-haiku-4-5', { max_tokens: 99 }),
    direct: { url: `${variables.ANTHROPIC_BASE_URL}/v1/messages`, headers: claudeHeaders },
  },
];
const others: readonly Way[] = [
  { name: 'chat completions without its count', path: '/v1/chat/completions', body: chat('gpt-4o-mini') },
  { name: 'chat completions from Claude', path: '/v1/chat/completions', body: chat('claude-haiku-4-5') },
  { name: 'chat completions from Ollama', path: '/v1/chat/completions', body: chat('ollama/llama3.2') },
  { name: 'messages from OpenAI', path: '/v1/messages', body: chat('gpt-4o-mini', { max_tokens: 99 }) },
  { name: 'messages from Ollama', path: '/v1/messages', body: chat('ollama/llama3.2', { max_tokens: 99 }) },
  ...['openai', 'claude', 'ollama', 'acme'].map((provider) => ({
    name: `native from ${provider}`,
    path: '/stream',
    body: (prompt: string) => ({ prompt, provider }),
  })),
];
const ways = [...passed, ...others];

let tenant: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  tenant = await createTenant();
});

const openStream = ({ path, body }: Way, scenario: string, key = tenant.key) =>
  post(
    path,
    { ...body(`[[scenario:${scenario}]] go`), ...(path !== '/stream' && { stream: true }) },
    { 'x-api-key': key },
  );

/** The text of a stream in any protocol. */
function textOf(stream: string): string {
  return stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)))
    .map(({ type, delta, content, choices }) => {
      if (type === 'chunk') return content;
      if (type === 'response.output_text.delta') return delta;
      return delta?.text ?? choices?.[0]?.delta?.content ?? '';
    })
    .join('');
}

/** What ends a stream well, in any protocol. */
const terminator = /^data: \[DONE\]|^data: \{"type": ?"(message_stop|done|response\.completed)"/m;

describe('frames that are no JSON objects', () => {
  it.each(passed)('go through with all others of $name, which is metered by the rest', async (way) => {
    const { tenantId, key } = await createTenant();
    const { url, headers } = way.direct ?? expect.unreachable();
    const direct = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ ...way.body('[[scenario:junk-frames,unicode]] go'), stream: true }),
    });
    const text = await direct.text();
    expect(text).toContain('data: null\n\n');
    expect(await (await openStream(way, 'junk-frames,unicode', key)).text()).toBe(text);
    expect(await ledgerRows(tenantId, 1)).toMatchObject([
      { status: 'completed', finishReason: 'stop', tokenSource: 'provider' },
    ]);
  });

  it.each(others)('end no stream of $name', async (way) => {
    const { tenantId, key } = await createTenant();
    const plain = await (await openStream(way, 'unicode')).text();
    const text = await (await openStream(way, 'junk-frames,unicode', key)).text();
    expect(textOf(text)).toBe(textOf(plain));
    expect(text).toMatch(terminator);
    expect(await ledgerRows(tenantId, 1)).toMatchObject([
      { status: 'completed', finishReason: 'stop', tokenSource: 'provider' },
    ]);
  });

  it('end no job', async () => {
    const headers = { 'x-api-key': tenant.key, prefer: 'wait=60' };
    const body = { input: '[[scenario:junk-frames]] go', provider: 'openai' };
    const response = await post('/api/jobs', body, headers);
    expect(await response.json()).toMatchObject({ status: 'COMPLETED', attemptCount: 1 });
  });

  it.each(passed)('that begin a JSON object and break off go through with all others of $name', async (way) => {
    const { tenantId, key } = await createTenant();
    const text = await (await openStream(way, 'broken-json,unicode', key)).text();
    expect(text).toMatch(/^data: \{[^"\n]+$/m);
    expect(text).toMatch(terminator);
    expect(await ledgerRows(tenantId, 1)).toMatchObject([{ status: 'completed', tokenSource: 'provider' }]);
  });
});

describe('a redirect', () => {
  /** How often somewhere else was called. */
  async function countCalls(path: string): Promise<number> {
    const recorded = await fetch(`${variables.RECEIVER_URL}/_seen?path=${path}`);
    return ((await recorded.json()) as unknown[]).length;
  }

  const whole: readonly Way[] = [
    { name: 'native', path: '/api/chat/completions', body: (prompt) => ({ prompt, provider: 'claude' }) },
    {
      name: 'embeddings',
      path: '/v1/embeddings',
      body: (input) => ({ model: 'text-embedding-3-small', input }),
    },
  ];

  it.each([...whole, ...ways])('is an error and is not followed: $name', async ({ path, body }) => {
    for (const status of [302, 307]) {
      for (const stream of [false, true]) {
        const elsewhere = `/ok/redirect-${crypto.randomUUID()}`;
        const prompt = `[[scenario:redirect code=${status} to=${variables.RECEIVER_URL}${elsewhere}]] secret`;
        const isStream = stream && path.startsWith('/v1/') && path !== '/v1/embeddings';
        const response = await post(
          path,
          { ...body(prompt), ...(isStream ? { stream } : { stream_options: undefined }) },
          { 'x-api-key': tenant.key },
        );
        expect([path, response.status, response.headers.get('x-should-retry')]).toEqual([path, 502, 'false']);
        expect(await response.text()).toMatch(
          new RegExp(`(OpenAI|Claude|Ollama|acme) answered with a redirect .status ${status}`),
        );
        expect(await countCalls(elsewhere)).toBe(0);
      }
    }
  });
});

describe('a provider that takes longer than FIRST_BYTE_TIMEOUT_MS', () => {
  const late = `slow-headers ms=${Number(variables.FIRST_BYTE_TIMEOUT_MS) + 1_000}`;

  it('answers whole requests of every provider and jobs', async () => {
    const headers = { 'x-api-key': tenant.key };
    const prompt = `[[scenario:${late}]] go`;
    const native = ['openai', 'claude', 'ollama'].map((provider) =>
      post('/api/chat/completions', { prompt, provider }, headers),
    );
    const v1 = ways
      .filter(({ path }) => path !== '/stream')
      .map(({ path, body }) => post(path, { ...body(prompt), stream: false, stream_options: undefined }, headers));
    const job = await post('/api/jobs', { input: prompt, provider: 'openai' }, { ...headers, prefer: 'wait=60' });
    const replies = await Promise.all([...native, ...v1]);
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(await job.json()).toMatchObject({ status: 'COMPLETED', attemptCount: 1 });
  });

  it('is given up where a stream was requested', async () => {
    const replies = await Promise.all(ways.map((way) => openStream(way, late)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 504));
  });
});

describe('a whole reply to a request for a stream', () => {
  it.each(ways)('is a stream of the same text: $name', async (way) => {
    const { tenantId, key } = await createTenant();
    const plain = await (await openStream(way, 'unicode')).text();
    const response = await openStream(way, 'unstreamed,unicode', key);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = await response.text();
    expect(textOf(text)).toBe(textOf(plain));
    expect(text).toMatch(terminator);
    expect(await ledgerRows(tenantId, 1)).toMatchObject([
      { source: 'stream', status: 'completed', finishReason: 'stop', tokenSource: 'provider' },
    ]);
  });

  it.each(ways.filter(({ name }) => !name.toLowerCase().includes('ollama')))(
    'is an error with its own status where it is one: $name',
    async (way) => {
      const { tenantId, key } = await createTenant();
      const response = await openStream(way, 'unstreamed,error-line code=429', key);
      expect(response.status).toBe(429);
      expect(await ledgerRows(tenantId, 1)).toMatchObject([
        { status: 'failed', errorCode: 'rate_limited', costNanoUsd: 0n },
      ]);
    },
  );

  it('is the result of a job', async () => {
    const headers = { 'x-api-key': tenant.key, prefer: 'wait=60' };
    const response = await post('/api/jobs', { input: '[[scenario:unstreamed]] go', provider: 'openai' }, headers);
    const plain = await readEvents(
      await post('/stream', { prompt: 'go', provider: 'openai' }, { 'x-api-key': tenant.key }),
    );
    expect(await response.json()).toMatchObject({ status: 'COMPLETED', result: joinChunks(plain) });
  });
});
