import { setTimeout } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { hashKey } from '../../src/auth/hash-key.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { dumpColumns, dumpRedis } from '../support/dump-storage.ts';
import { buildTappedWorker, startMiniflareGateway, tappedModule } from '../support/miniflare-gateway.ts';
import { startQueueTap } from '../support/queue-tap.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { openSocketCall } from '../support/socket-call.ts';
import { waitFor } from '../support/wait-for.ts';

/** `npm run test:canaries` sends ten thousand requests. */
const requests = process.env.LIMITS_AT_FULL_LOAD === '1' ? 10_000 : 300;
const atOnce = 30;
const engines = (await canReachRealEngines()) ? 'real' : 'embedded';

/** Text that every secret of a kind contains, so that a search finds parts of a secret too. */
const canary = {
  /** In the prompts of clients. Only a job and a stored response may store it. */
  prompt: 'cnryprompt',
  /** In prompts that the provider repeats in its reply. */
  echo: 'cnryecho',
  apiKey: 'cnrykey',
  ownKey: 'cnryown',
} as const;

/** The columns for the input of jobs, for results, and for replies that are replayed. */
const inputColumns = ['jobs.call', 'responses.input'];
const resultColumns = [
  ...['jobs.result', 'job_events.data', 'webhook_deliveries.payload', 'idempotency_keys.body'],
  'responses.output',
];
const secretColumns = ['webhook_secrets.secret'];

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly text: string;
}

interface Kind {
  readonly name: string;
  readonly send: (context: Context) => Promise<Answer>;
  /** A secret that the reply may contain: a prompt that Stub repeats, or a secret that is shown once. */
  readonly shows?: 'echo' | 'made key' | 'webhook secret' | undefined;
}

interface Key {
  readonly tenantId: string;
  readonly keyId: string;
  readonly key: string;
}

interface Context {
  readonly url: string;
  readonly receiverUrl: string;
  readonly number: number;
  readonly keys: Readonly<Record<keyof typeof keyColumns, Key>>;
  /** The ids of created jobs. */
  readonly jobs: string[];
}

const keyColumns = {
  usual: { requestsPerMinute: 1_000_000, tokensPerMinute: 1_000_000_000, dailyBudgetNanoUsd: 10n ** 12n },
  admin: { scopes: ['admin', 'jobs', 'chat', 'read'] },
  own: {},
  reader: { scopes: ['read'] },
  slow: { requestsPerMinute: 1 },
  poor: { dailyBudgetNanoUsd: 1n },
  revoked: { revokedAt: new Date() },
  suspended: {},
} satisfies Record<string, Partial<typeof apiKeys.$inferInsert>>;

async function createKey(database: Database, name: keyof typeof keyColumns): Promise<Key> {
  const tenantId = newId('ten');
  const keyId = newId('key');
  const key = `${canary.apiKey}-${name}-${crypto.randomUUID()}`;
  await database
    .insert(tenants)
    .values({ id: tenantId, name: tenantId, active: name !== 'suspended', storeResponses: true });
  const row = { id: keyId, tenantId, name: 'test', keyHash: await hashKey(key) };
  await database.insert(apiKeys).values({ ...row, ...keyColumns[name] });
  return { tenantId, keyId, key };
}

async function send(url: string, key: string | undefined, init: RequestInit & { headers?: Record<string, string> }) {
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { 'x-api-key': key }),
    ...init.headers,
  };
  const response = await fetch(url, { ...init, headers });
  return { status: response.status, headers: JSON.stringify([...response.headers]), text: await response.text() };
}

const post =
  (
    path: string,
    bodyOf: (context: Context) => unknown,
    { as = 'usual', headers = {} }: { as?: keyof typeof keyColumns; headers?: Record<string, string> } = {},
  ): Kind['send'] =>
  async (context) => {
    const body = bodyOf(context);
    const answer = await send(context.url + path, context.keys[as].key, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const jobId = /"id":"(job_\w+)"/.exec(answer.text)?.[1];
    if (jobId !== undefined) context.jobs.push(jobId);
    return answer;
  };

const get =
  (path: (context: Context) => string, as: keyof typeof keyColumns = 'usual'): Kind['send'] =>
  (context) =>
    send(context.url + path(context), context.keys[as].key, { method: 'GET' });

const graphql = (
  query: string,
  variablesOf: (context: Context) => object = () => ({}),
  as: keyof typeof keyColumns = 'usual',
  headers = {},
) => post('/graphql', (context) => ({ query, variables: variablesOf(context) }), { as, headers });

const promptOf = ({ number }: Context, scenario = '') =>
  `${scenario && `[[scenario:${scenario}]] `}${canary.prompt}-${number}`;
const echoOf = ({ number }: Context) => `${canary.echo}-${number}`;
const jobOf = ({ jobs, number }: Context) => jobs[number % Math.max(1, jobs.length)] ?? 'job_none';

/** Failures of providers. The last ones are slow and therefore rare. */
const failures = [
  ...['status code=400', 'status code=401', 'status code=422', 'status code=429', 'status code=500', 'html code=502'],
  ...['html code=200', 'broken-json', 'error-line', 'error-event', 'cut after=1', 'headers-then-reset', 'no-usage'],
];

async function leave({ url, keys, number }: Context): Promise<Answer> {
  const prompt = `[[scenario:paced ms=20 chunks=20]] ${canary.prompt}-${number}`;
  const call = openSocketCall(url, { key: keys.usual.key, body: { prompt, provider: 'openai' } });
  let read = '';
  try {
    for await (const bytes of await call.response) {
      read += String(bytes);
      if (read.includes('"chunk"')) call.reset();
    }
  } catch {
    // The client has disconnected.
  }
  return { status: 200, headers: '', text: read };
}

const createJob = 'mutation ($input: CreateJobInput!) { createJob(input: $input) { id status } }';
const unknownKey = `${canary.apiKey}-unknown`;

const calls: readonly Kind[] = ['/api/chat/completions', '/stream'].flatMap((path): Kind[] => [
  ...['openai', 'claude', 'ollama', 'acme'].map((provider) => ({
    name: `${path} ${provider}`,
    send: post(path, (context) => ({
      messages: [
        { role: 'system', content: promptOf(context) },
        { role: 'user', content: promptOf(context) },
      ],
      provider,
    })),
  })),
  {
    name: `${path} stub`,
    shows: 'echo',
    send: post(path, (context) => ({ prompt: echoOf(context), provider: 'stub' })),
  },
  ...['openai', 'claude', 'ollama'].map((provider) => ({
    name: `${path} ${provider} fails`,
    send: post(path, (context) => ({
      prompt: promptOf(context, failures[context.number % failures.length]),
      provider,
    })),
  })),
  { name: `${path} stub-error`, send: post(path, (context) => ({ prompt: promptOf(context), model: 'stub-error' })) },
  {
    name: `${path} own key`,
    send: post(path, (context) => ({ prompt: promptOf(context), provider: 'openai' }), { as: 'own' }),
  },
  {
    name: `${path} own key`,
    send: post(path, (context) => ({ prompt: promptOf(context), provider: 'claude' }), { as: 'own' }),
  },
  { name: `${path} no JSON`, send: post(path, (context) => `{"prompt":"${promptOf(context)}"`) },
  { name: `${path} wrong types`, send: post(path, (context) => ({ prompt: { text: promptOf(context) }, stop: 5 })) },
  {
    name: `${path} wrong role`,
    send: post(path, (context) => ({ messages: [{ role: promptOf(context), content: '' }] })),
  },
  { name: `${path} wrong number`, send: post(path, (context) => ({ prompt: 'Hi', temperature: promptOf(context) })) },
  ...(['reader', 'slow', 'poor', 'revoked', 'suspended'] as const).map((as) => ({
    name: `${path} ${as}`,
    send: post(path, (context: Context) => ({ prompt: promptOf(context), provider: 'openai' }), { as }),
  })),
  {
    name: `${path} unknown key`,
    send: (context) =>
      send(context.url + path, unknownKey, { method: 'POST', body: `{"prompt":"${promptOf(context)}"}` }),
  },
  {
    name: `${path} key in the wrong place`,
    send: ({ url, keys, ...context }) =>
      send(`${url}${path}?api_key=${keys.usual.key}`, undefined, {
        method: 'POST',
        headers: { authorization: `Basic ${keys.usual.key}` },
        body: `{"prompt":"${promptOf({ url, keys, ...context })}"}`,
      }),
  },
  {
    name: `${path} two keys`,
    send: post(path, (context) => ({ prompt: promptOf(context) }), {
      headers: { authorization: `Bearer ${unknownKey}` },
    }),
  },
  {
    name: `${path} once`,
    shows: 'echo',
    send: (context) =>
      post(path, () => ({ prompt: `${canary.echo} once`, provider: 'stub' }), {
        headers: { 'idempotency-key': `once-${path.length}-${context.number % 3}` },
      })(context),
  },
  {
    name: `${path} once, another body`,
    send: post(path, (context) => ({ prompt: promptOf(context), provider: 'openai' }), {
      headers: { 'idempotency-key': `once-${path.length}-0` },
    }),
  },
]);

const jobKinds: readonly Kind[] = [
  {
    name: 'a job of stub, and its webhook',
    shows: 'echo',
    send: post(
      '/api/jobs',
      (context) => ({
        input: echoOf(context),
        provider: 'stub',
        webhookUrl: `${context.receiverUrl}/ok/canaries`,
      }),
      { headers: { prefer: 'wait=60' } },
    ),
  },
  {
    name: 'a job',
    send: post('/api/jobs', (context) => ({ input: promptOf(context), provider: 'openai' }), {
      headers: { prefer: 'wait=60' },
    }),
  },
  {
    name: 'a job that fails',
    send: post('/api/jobs', (context) => ({ input: promptOf(context, 'status code=413'), provider: 'claude' }), {
      headers: { prefer: 'wait=60' },
    }),
  },
  {
    name: 'a job with a key that the provider refuses',
    send: post('/api/jobs', (context) => ({ input: promptOf(context), provider: 'openai' }), { as: 'own' }),
  },
  {
    name: 'a wrong job',
    send: post('/api/jobs', (context) => ({ input: [promptOf(context)], type: promptOf(context) })),
  },
  {
    name: 'a call made a job',
    send: post('/api/chat/completions', (context) => ({ prompt: promptOf(context), provider: 'openai' }), {
      headers: { prefer: 'respond-async' },
    }),
  },
  { name: 'jobs', shows: 'echo', send: get(() => '/api/jobs') },
  { name: 'one job', shows: 'echo', send: get((context) => `/api/jobs/${jobOf(context)}`) },
  { name: 'no job', send: get(({ number }) => `/api/jobs/job_none${number}`) },
  {
    name: 'a job that is cancelled',
    shows: 'echo',
    send: (context) => post(`/api/jobs/${jobOf(context)}/cancel`, () => ({}))(context),
  },
  { name: 'a job of another', send: get((context) => `/api/jobs/${jobOf(context)}`, 'admin') },
];

const graphqlKinds: readonly Kind[] = [
  {
    name: 'createJob',
    send: graphql(createJob, (context) => ({ input: { input: promptOf(context), provider: 'openai' } })),
  },
  {
    name: 'createJob, wrong',
    send: graphql(createJob, (context) => ({ input: { input: [{ text: promptOf(context) }] } })),
  },
  {
    name: 'createJob, wrong document',
    send: (context) =>
      post('/graphql', () => ({
        query: [
          `mutation { createJob(input: { input: ["${promptOf(context)}"] }) { id } }`,
          `mutation { createJob(input: { input: 5, provider: "${promptOf(context)}" "${promptOf(context)}" }) { id } }`,
          `mutation { createJob(input: { maxTokens: "${promptOf(context)}" }) { id } }`,
          `{ job(id: "job_none", ${canary.prompt}: "${promptOf(context)}") { id } }`.replace(
            `${canary.prompt}:`,
            'input:',
          ),
        ][context.number % 4],
      }))(context),
  },
  {
    name: 'createJob, not allowed',
    send: graphql(createJob, (context) => ({ input: { input: promptOf(context) } }), 'reader'),
  },
  {
    name: 'jobs',
    shows: 'echo',
    send: graphql('{ jobs(first: 5) { edges { node { id status result error { message } } } } }'),
  },
  {
    name: 'jobUpdated',
    shows: 'echo',
    send: graphql(
      'subscription ($id: ID!) { jobUpdated(id: $id) { id status } }',
      (context) => ({ id: jobOf(context) }),
      'usual',
      {
        accept: 'text/event-stream',
      },
    ),
  },
  { name: 'me', send: graphql('{ me { id spend { today } apiKey { id start } } providers { name } }') },
  { name: 'me, suspended', send: graphql('{ me { id } jobs { edges { node { id } } } }', undefined, 'suspended') },
  {
    name: 'setProviderKey',
    send: graphql(
      'mutation ($id: ID!, $provider: String!, $key: String!) { setProviderKey(tenantId: $id, provider: $provider, key: $key) { ending } }',
      ({ keys, number }) => ({
        id: keys.own.tenantId,
        provider: number % 2 ? 'openai' : 'claude',
        key: `sk-${canary.ownKey}-${number}-0123456789`,
      }),
      'admin',
    ),
  },
  {
    name: 'setProviderKey, wrong',
    send: graphql(
      'mutation ($id: ID!, $key: String!) { setProviderKey(tenantId: $id, provider: "stub", key: $key) { ending } }',
      ({ number }) => ({ id: 'ten_none', key: `sk-${canary.ownKey} ${number}` }),
      'admin',
    ),
  },
  {
    name: 'createApiKey',
    shows: 'made key',
    send: graphql(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      ({ keys }) => ({ input: { tenantId: keys.own.tenantId, name: 'made' } }),
      'admin',
    ),
  },
  {
    name: 'rotateWebhookSecret',
    shows: 'webhook secret',
    send: graphql('mutation { rotateWebhookSecret(overlapSeconds: 60) { secret } }'),
  },
  {
    name: 'apiKeys',
    send: graphql(
      'query ($id: ID!) { apiKeys(tenantId: $id) { id start } }',
      ({ keys }) => ({ id: keys.own.tenantId }),
      'admin',
    ),
  },
];

const otherKinds: readonly Kind[] = [
  { name: 'left', send: leave },
  { name: 'home', send: get(() => '/') },
  { name: 'health', send: get(() => '/health') },
  { name: 'ready', send: get(() => '/ready') },
  { name: 'playground settings', send: get(() => '/playground/settings.json') },
  {
    name: 'no route',
    send: ({ url, keys, number }) =>
      send(`${url}/${keys.usual.key}?${canary.prompt}=${number}`, unknownKey, { method: 'POST' }),
  },
  {
    name: 'wrong request id',
    send: post('/stream', (context) => ({ prompt: promptOf(context), provider: 'openai' }), {
      headers: { 'x-request-id': `${unknownKey} ${canary.prompt}` },
    }),
  },
  {
    name: 'OpenAI’s protocol',
    send: post('/v1/chat/completions', (context) => ({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: promptOf(context) }],
    })),
  },
  {
    name: 'a stored response',
    shows: 'echo',
    send: post('/v1/responses', (context) => ({ model: 'stub', input: echoOf(context) })),
  },
  {
    name: 'a stored response of Claude, streamed',
    send: post('/v1/responses', (context) => ({
      model: 'claude-haiku-4-5',
      input: promptOf(context),
      stream: true,
    })),
  },
  {
    name: 'Anthropic’s protocol',
    send: post('/v1/messages', (context) => ({
      model: 'claude-haiku-4-5',
      max_tokens: 20,
      messages: [{ role: 'user', content: promptOf(context) }],
    })),
  },
];

/** Shuffled, so that requests of all kinds run at the same time. */
const kinds = [...calls, ...graphqlKinds, ...jobKinds, ...otherKinds].flatMap((_, index, all) => {
  const kind = all[(index * 31) % all.length];
  return kind ? [kind] : [];
});

test(`${requests} requests of all kinds store keys and prompts only in the columns for them (${engines})`, {
  timeout: 590_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const built = await buildTappedWorker();
  cleanup.defer(built.remove);
  const tap = await startQueueTap();
  cleanup.defer(tap.close);
  const logged: string[] = [];
  const gateway = await startMiniflareGateway({
    workerFolder: built.folder,
    module: tappedModule,
    engines,
    workers: 2,
    variables: () => ({ LOG_LEVEL: 'debug', TAP_URL: tap.url }),
    onLog: (line) => logged.push(line),
  });
  cleanup.defer(gateway.stop);
  const {
    DATABASE_URL = '',
    DATABASE_HTTP_URL,
    UPSTASH_REDIS_REST_URL = '',
    UPSTASH_REDIS_REST_TOKEN = '',
  } = gateway.services;
  const database = openDatabase({ url: DATABASE_URL, httpUrl: DATABASE_HTTP_URL, timeoutMs: 60_000 });
  const redis = openRedis({ url: UPSTASH_REDIS_REST_URL, token: UPSTASH_REDIS_REST_TOKEN, timeoutMs: 10_000 });
  const names = Object.keys(keyColumns) as (keyof typeof keyColumns)[];
  const created = await Promise.all(names.map(async (name) => [name, await createKey(database, name)] as const));
  const keys = Object.fromEntries(created) as Context['keys'];
  expect(await database.select().from(apiKeys).where(eq(apiKeys.id, keys.usual.keyId))).toHaveLength(1);

  const configured = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'UPSTASH_REDIS_REST_TOKEN', 'ENCRYPTION_KEY'];
  const password = new URL(DATABASE_URL).password;
  const always: string[] = [
    canary.apiKey,
    canary.ownKey,
    password,
    ...configured.map((name) => gateway.services[name] ?? '?'),
  ];
  const shown: string[] = [];
  const webhookSecrets: string[] = [];
  const bySecret = (content: string, secrets: readonly string[]) =>
    secrets.filter((secret) => content.includes(secret));
  const leaks: string[] = [];
  const statusesByKind = new Map<string, Set<number>>();
  const jobs: string[] = [];

  let number = 0;
  const client = async () => {
    while (number < requests) {
      const own = number++;
      const kind = kinds[own % kinds.length];
      const url = gateway.urls[own % gateway.urls.length];
      if (!kind || url === undefined) throw new Error('nothing to ask');
      const answer = await kind.send({ url, receiverUrl: gateway.receiverUrl, number: own, keys, jobs });
      statusesByKind.set(kind.name, (statusesByKind.get(kind.name) ?? new Set()).add(answer.status));
      if (kind.shows === 'made key') shown.push(/aia_\w+/.exec(answer.text)?.[0] ?? 'none was made');
      if (kind.shows === 'webhook secret')
        webhookSecrets.push(/whsec_[\w+/=]+/.exec(answer.text)?.[0] ?? 'none was made');
      const forbidden = [...always, canary.prompt, ...(kind.shows === 'echo' ? [] : [canary.echo])];
      const found = [
        ...bySecret(answer.text, forbidden),
        ...bySecret(answer.headers, [...always, canary.prompt, canary.echo, 'aia_', 'whsec_']),
        ...(kind.shows !== 'made key' && /aia_\w{46}/.test(answer.text) ? ['a made key'] : []),
        ...bySecret(answer.text, [...(kind.shows === 'webhook secret' ? [] : ['whsec_'])]),
      ];
      if (found.length > 0) leaks.push(`${kind.name} (${answer.status}): ${found.join()}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  // Waits for background work.
  await setTimeout(6_000);
  const webhooks = await waitFor(async () => {
    const text = await (await fetch(`${gateway.receiverUrl}/_seen?path=/ok/canaries`)).text();
    expect(text).toContain('job.completed');
    return text;
  });
  expect([...new Set(leaks)]).toEqual([]);

  // There were successes and refusals, and every secret was in use.
  const statuses = new Set([...statusesByKind.values()].flatMap((some) => [...some]));
  for (const status of [200, 202, 400, 401, 402, 403, 404, 422, 429, 502]) expect([...statuses]).toContain(status);
  expect(Math.min(shown.length, webhookSecrets.length)).toBeGreaterThan(0);
  expect([...shown, ...webhookSecrets]).not.toContain('none was made');
  const everySecret = [...always, ...shown];

  const columns = await dumpColumns(database);
  for (const [place, content] of columns) {
    expect([place, bySecret(content, everySecret)]).toEqual([place, []]);
    if (!secretColumns.includes(place)) expect([place, bySecret(content, webhookSecrets)]).toEqual([place, []]);
    const isInput = inputColumns.includes(place);
    if (!isInput) expect([place, bySecret(content, [canary.prompt])]).toEqual([place, []]);
    if (!isInput && !resultColumns.includes(place))
      expect([place, bySecret(content, [canary.echo])]).toEqual([place, []]);
  }
  for (const place of [
    ...inputColumns,
    ...resultColumns,
    'usage_ledger.request_id',
    'provider_keys.sealed',
    'responses.input',
  ]) {
    expect([place, columns.get(place)?.length ?? 0]).not.toEqual([place, 0]);
  }

  const nowhere = [...everySecret, ...webhookSecrets, canary.prompt, canary.echo];
  const counted = await dumpRedis(redis);
  expect(counted).toContain(keys.usual.keyId);
  expect(bySecret(counted, nowhere)).toEqual([]);
  for (const queue of ['USAGE_QUEUE', 'JOBS_QUEUE', 'WEBHOOKS_QUEUE']) {
    expect(tap.messages.some((message) => message.startsWith(`/${queue} `))).toBe(true);
  }
  expect(bySecret(tap.messages.join('\n'), nowhere)).toEqual([]);
  const lines = logged.join('\n');
  expect(lines).toContain(keys.usual.keyId);
  expect(logged.length).toBeGreaterThan(requests / 2);
  expect(bySecret(lines, nowhere)).toEqual([]);
  expect(bySecret(webhooks, [...everySecret, ...webhookSecrets, canary.prompt])).toEqual([]);
});
