import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type ScriptedProvider, startScriptedProvider } from '../support/cases/scripted-provider.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import type { TestTenant } from '../support/tenant-ledger.ts';
import { waitFor } from '../support/wait-for.ts';

/** Text that every secret of the operator's account contains, so that a search finds parts of a secret too. */
const canary = 'cnryacct';
const vendorKey = `sk-proj-${canary}-0123456789`;

type Reply = Parameters<ScriptedProvider['setReply']>[0];

const accountHeaders = {
  'openai-organization': `${canary}-org`,
  'openai-project': `proj_${canary}`,
  'anthropic-organization-id': `${canary}-id`,
  'anthropic-workspace-id': `wrkspc_${canary}`,
  'anthropic-ratelimit-requests-limit': canary,
  'anthropic-priority-input-tokens-remaining': canary,
  'x-ratelimit-limit-requests': canary,
  'x-ratelimit-reset-tokens': canary,
  'x-groq-region': canary,
  'set-cookie': `__cf_bm=${canary}; path=/`,
  'cf-ray': canary,
  server: canary,
  via: `1.1 ${canary}`,
  'x-envoy-upstream': canary,
  'access-control-expose-headers': canary,
  'www-authenticate': `Bearer realm="${canary}"`,
  'x-request-id': 'req_vendor',
};

/** The ways in which vendors name an account, in one text. */
const accountText = [
  `Rate limit of the model reached in organization org-${canary} on tokens`,
  `Project \`proj_${canary}\` is at its limit`,
  `organization "${canary} Inc" (wrkspc_${canary})`,
  `Organization: ${canary} Ltd`,
  `key ${vendorKey}, gsk_${canary}12, AIza${canary}12, Bearer ${canary}.abcdef`,
].join('. ');

const accountError = (message: string) => ({
  type: 'some_error',
  message,
  param: null,
  code: 'some_code',
  organization: { id: `org-${canary}`, name: `${canary} Inc` },
  metadata: { raw: JSON.stringify({ error: { message, project_id: canary } }), api_key: canary },
});
const errorBody = (message: string) =>
  JSON.stringify({ type: 'error', error: accountError(message), user_id: `user_${canary}`, request_id: 'req_1' });

const messages = [{ role: 'user', content: 'Hi' }];
const vendors = ['openai', 'claude', 'ollama', 'vend'] as const;
type Vendor = (typeof vendors)[number];
const models: Readonly<Record<Vendor, string>> = {
  openai: 'gpt-4o-mini',
  claude: 'claude-haiku-4-5',
  ollama: 'ollama/llama3.2',
  vend: 'vend-1',
};

/** A route with a body for one vendor, and the protocol in which that vendor replies. */
interface Way {
  readonly path: string;
  readonly body: object;
  readonly reply: 'openai' | 'claude' | 'ollama' | 'responses';
  /** Whether the vendor speaks the protocol of the route. */
  readonly passes: boolean;
}

const replyOf = (vendor: Vendor) => (vendor === 'vend' ? 'openai' : vendor);
const ways: readonly Way[] = [
  ...vendors.flatMap((vendor): Way[] => {
    const model = models[vendor];
    const native = { prompt: 'Hi', provider: vendor, model: model.replace('ollama/', '') };
    const reply = replyOf(vendor);
    const isOpenAi = reply === 'openai';
    const chat = { path: '/v1/chat/completions', reply, passes: isOpenAi };
    const claude = { path: '/v1/messages', reply, passes: vendor === 'claude' };
    return [
      { path: '/api/chat/completions', body: native, reply, passes: false },
      { path: '/stream', body: native, reply, passes: false },
      { ...chat, body: { model, messages } },
      { ...chat, body: { model, messages, stream: true } },
      { ...chat, body: { model, messages, stream: true, stream_options: { include_usage: true } } },
      { ...claude, body: { model, max_tokens: 9, messages } },
      { ...claude, body: { model, max_tokens: 9, messages, stream: true } },
    ];
  }),
  { path: '/v1/responses', body: { model: 'gpt-4o-mini', input: 'Hi' }, reply: 'responses', passes: true },
  {
    path: '/v1/responses',
    body: { model: 'gpt-4o-mini', input: 'Hi', stream: true },
    reply: 'responses',
    passes: true,
  },
  { path: '/v1/embeddings', body: { model: 'text-embedding-3-small', input: 'Hi' }, reply: 'openai', passes: true },
  { path: '/v1/embeddings', body: { model: 'ollama/llama3.2', input: 'Hi' }, reply: 'openai', passes: true },
  { path: '/v1/messages/count_tokens', body: { model: 'claude-haiku-4-5', messages }, reply: 'claude', passes: true },
];

const sse = (data: unknown, name?: string) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`;

/** The beginning of a stream, errors that follow inside it, and a whole reply. */
const wire: Readonly<Record<Way['reply'], { begin: string; errors: (message: string) => string[]; whole: object }>> = {
  openai: {
    begin: sse({ choices: [{ index: 0, delta: { content: 'begun' } }] }),
    errors: (message) => [sse({ error: accountError(message) }), sse({ error: accountError(message) }, 'error')],
    whole: { choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }], data: [] },
  },
  claude: {
    begin: sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'begun' } }),
    errors: (message) => [
      sse({ type: 'error', error: accountError(message) }, 'error'),
      sse({ type: 'error', error: accountError(message), organization_id: canary }),
    ],
    whole: { type: 'message', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn', input_tokens: 1 },
  },
  ollama: {
    begin: `${JSON.stringify({ model: 'm', message: { content: 'begun' } })}\n`,
    errors: (message) => [
      `${JSON.stringify({ error: message })}\n`,
      `${JSON.stringify({ error: accountError(message) })}\n`,
    ],
    whole: { model: 'm', message: { content: 'Hi' }, done: true, done_reason: 'stop' },
  },
  responses: {
    begin: sse({ type: 'response.output_text.delta', sequence_number: 0, delta: 'begun' }),
    errors: (message) => [
      sse({ ...accountError(message), type: 'error', sequence_number: 1 }, 'error'),
      sse({ type: 'response.failed', response: { status: 'failed', error: accountError(message) } }),
    ],
    whole: { status: 'completed', output: [] },
  },
};

const statuses = [
  400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 424, 429, 451, 498, 500, 501, 502, 503, 504, 520,
  529,
];
const texts = [
  accountText,
  `You exceeded your current quota: ${accountText}`,
  `maximum context length: ${accountText}`,
];

/** All kinds of replies of a vendor. */
function* repliesFor({ reply, body }: Way): Generator<Reply> {
  const headers = { ...accountHeaders, 'content-type': 'application/json' };
  for (const status of statuses) yield { status, headers, body: errorBody(accountText) };
  for (const message of texts) yield { status: 400, headers, body: errorBody(message) };
  for (const status of [400, 500]) yield { status, headers, body: accountText };
  yield { status: 400, headers, body: `<html>${accountText}</html>` };
  yield { status: 429, headers, body: errorBody(accountText).slice(0, -20) };
  yield { status: 400, headers, body: errorBody(accountText + 'x'.repeat(70_000)) };
  for (const status of [301, 302, 303, 307, 308]) {
    yield { status, headers: { ...headers, location: `https://${canary}.example.com/` }, body: errorBody(accountText) };
  }
  const { begin, errors, whole } = wire[reply];
  yield { headers, json: whole };
  for (const message of texts) yield { headers, body: errorBody(message) };
  if (!('stream' in body)) return;
  const type = reply === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
  for (const message of texts) {
    for (const error of errors(message)) {
      const halves = [error.slice(0, 40), error.slice(40)];
      for (const chunks of [[error], [begin, error], [begin + error], [begin, ...halves], [begin, error.trimEnd()]]) {
        yield { headers: { ...accountHeaders, 'content-type': type }, chunks, delayMs: 2 };
      }
    }
  }
}

let gateway: MiniflareGateway;
let provider: ScriptedProvider;
let tenant: TestTenant;
const logged: string[] = [];

beforeAll(async () => {
  provider = await startScriptedProvider();
  const { url } = provider;
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    onLog: (line) => logged.push(line),
    variables: () => ({
      LOG_LEVEL: 'debug',
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: vendorKey,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: `sk-ant-${canary}-0123456789`,
      OLLAMA_URL: url,
      VEND_KEY: `${canary}vend0123456789`,
      COMPATIBLE_PROVIDERS: JSON.stringify([
        { name: 'vend', baseUrl: `${url}/v1`, models: ['vend-1'], apiKeyVar: 'VEND_KEY' },
      ]),
    }),
  });
  tenant = await gateway.createTenant();
});
afterAll(async () => {
  await gateway?.stop();
  provider?.stop();
});

async function send(path: string, body: object, headers: object = {}) {
  const response = await fetch(gateway.directUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': tenant.key, ...headers },
    body: JSON.stringify(body),
    redirect: 'manual',
  });
  return { status: response.status, text: `${JSON.stringify([...response.headers])}\n${await response.text()}` };
}

it.each(ways.map((way) => [`${way.path} ${JSON.stringify(way.body)}`, way] as const))(
  'no reply of %s names the account of the operator',
  async (_, way) => {
    const leaks: string[] = [];
    const replyStatuses = new Set<number>();
    let errors = 0;
    for (const reply of repliesFor(way)) {
      provider.setReply(reply);
      const { status, text } = await send(way.path, way.body);
      expect(provider.requests.map(({ headers }) => headers.authorization ?? headers['x-api-key'] ?? '')).toHaveLength(
        1,
      );
      replyStatuses.add(status);
      if (text.includes('error')) errors += 1;
      if (text.toLowerCase().includes(canary)) leaks.push(`${JSON.stringify(reply).slice(0, 200)}: ${text}`);
    }
    expect(leaks).toEqual([]);
    // The replies contained the secrets.
    expect(errors).toBeGreaterThan(30);
    expect([...replyStatuses]).toEqual(
      expect.arrayContaining(way.passes ? [200, 400, 418, 429, 502, 529] : [400, 429, 502]),
    );
  },
);

it('no job, webhook or GraphQL result names the account of the operator', async () => {
  const failing: readonly Reply[] = [
    { status: 400, headers: accountHeaders, body: errorBody(accountText) },
    { status: 422, headers: accountHeaders, body: errorBody(accountText) },
    { status: 403, headers: accountHeaders, body: errorBody(accountText) },
    {
      headers: { 'content-type': 'text/event-stream' },
      body: sse({ error: { ...accountError(accountText), code: 400 } }),
    },
  ];
  const webhookUrl = `${gateway.receiverUrl}/ok/${canary.slice(0, 4)}-account`;
  for (const reply of failing) {
    for (const model of [models.openai, models.vend]) {
      provider.setReply(reply);
      const job = await send('/api/jobs', { input: 'Hi', model, webhookUrl }, { prefer: 'wait=60' });
      expect(job.text).toContain('"FAILED"');
      expect(job.text).not.toContain(canary);
    }
  }
  const query =
    '{ jobs(first: 20) { edges { node { id status result error { code message } attempts { error { message } } } } } }';
  const { text } = await send('/graphql', { query });
  expect(text).toContain('[redacted]');
  expect(text).not.toContain(canary);
  const webhooks = await waitFor(async () => {
    const response = await fetch(`${gateway.receiverUrl}/_seen?path=${new URL(webhookUrl).pathname}`);
    const deliveries = await response.text();
    expect(deliveries.split('job.failed').length).toBeGreaterThan(8);
    return deliveries;
  });
  expect(webhooks).not.toContain(canary);
});

it('no line of the log names the account of the operator', async () => {
  await setTimeout(500);
  expect(logged.length).toBeGreaterThan(500);
  expect(logged.join('\n')).toContain('"upstreamStatus":529');
  expect(logged.filter((line) => line.toLowerCase().includes(canary))).toEqual([]);
});
