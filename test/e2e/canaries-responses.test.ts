import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { dumpColumns, dumpRedis } from '../support/dump-storage.ts';
import { buildTappedWorker, startMiniflareGateway, tappedModule } from '../support/miniflare-gateway.ts';
import { startQueueTap } from '../support/queue-tap.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { openResponsesClient } from '../support/responses-socket.ts';
import { waitFor } from '../support/wait-for.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const models = ['stub', 'claude-haiku-4-5', 'ollama/llama3.2', 'gpt-4o-mini', 'plain-large'];

/** Text of clients, so that a search finds where it is stored. */
const canary = {
  /** In responses that are to be stored. */
  kept: 'cnrykept',
  /** In what is not stored. */
  passing: 'cnrypassing',
  /** In responses that are stored, and then deleted. */
  deleted: 'cnrydeleted',
} as const;
const everyCanary = Object.values(canary);

/** Only these may have what is kept: the responses, and the row and the events of the job that makes one in the background. */
const keptColumns = ['responses.input', 'responses.output', 'responses.reply'];
const jobColumns = ['jobs.response_request', 'jobs.response_settings', 'jobs.result', 'job_events.data'];

const withCanary = (text: string) => ({
  input: `${text} in the input`,
  instructions: `${text} in the instructions`,
  metadata: { note: `${text} in the metadata` },
  tools: [{ type: 'function', name: 'look', description: `${text} in a tool`, parameters: { type: 'object' } }],
});

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A client of the gateway, over HTTP. */
function createClient(url: string, key: string) {
  const send = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? JSON.parse(text) : { text } } satisfies Reply as Reply;
  };
  const create = (body: object, headers?: Record<string, string>) => send('POST', '/v1/responses', body, headers);
  return {
    send,
    create,
    /** Creates a response in the background, and waits for its end. */
    async runInBackground(body: object, headers?: Record<string, string>): Promise<Reply> {
      const { body: created } = await create({ ...body, background: true }, headers);
      return await waitFor(async () => {
        const polled = await send('GET', `/v1/responses/${created.id}`);
        expect(['queued', 'in_progress']).not.toContain(polled.body.status);
        return polled;
      });
    },
  };
}

type Client = ReturnType<typeof createClient>;

async function storeResponses(client: Client, url: string, key: string, webhookUrl: string): Promise<void> {
  const kept = withCanary(canary.kept);
  for (const model of models) {
    const first = await client.create({ model, ...kept });
    expect(first.status).toBe(200);
    const next = { model, ...kept, stream: true, previous_response_id: first.body.id };
    expect((await client.create(next)).status).toBe(200);
    const background = await client.runInBackground({ model, ...kept }, { 'x-gateway-webhook-url': webhookUrl });
    expect(background.body.status).toBe('completed');
    const socket = openResponsesClient(key, url);
    const turn = await socket.runTurn({ model, ...kept });
    expect(turn.at(-1)?.type).toBe('response.completed');
    await socket.runTurn({ model, ...kept, previous_response_id: turn.at(-1)?.response?.id });
    socket.socket.close();
  }
  const model = 'claude-haiku-4-5';
  const failing = { ...kept, model, input: `[[scenario:status code=413]] ${canary.kept}` };
  expect((await client.runInBackground(failing)).body.status).toBe('failed');
  const slow = { ...kept, model, input: `[[scenario:paced ms=50 chunks=600]] ${canary.kept}`, background: true };
  const { body } = await client.create(slow);
  expect((await client.send('POST', `/v1/responses/${body.id}/cancel`)).body.status).toBe('cancelled');
}

async function passResponses(client: Client, url: string, key: string): Promise<void> {
  const passing = withCanary(canary.passing);
  const unknown = { ...passing, previous_response_id: `resp_${canary.passing}` };
  for (const model of models) {
    for (const stream of [false, true]) {
      expect((await client.create({ model, ...passing, store: false, stream })).status).toBe(200);
      const cut = model === 'stub' ? 'stub-cut' : model;
      await client.create({ ...passing, model: cut, input: `[[scenario:cut]] ${canary.passing}`, stream });
    }
    expect((await client.create({ model, ...unknown })).status).toBe(404);
    expect((await client.create({ model, ...passing, max_output_tokens: canary.passing })).status).toBe(400);
    expect((await client.send('POST', '/v1/responses/input_tokens', { model, ...passing })).status).toBe(200);
    expect((await client.send('POST', '/v1/responses/compact', { model, input: canary.passing })).status).toBe(200);
    const socket = openResponsesClient(key, url);
    const first = await socket.runTurn({ model, ...passing, store: false });
    const previous_response_id = first.at(-1)?.response?.id;
    const warmUp = await socket.runTurn({ model, ...passing, store: false, previous_response_id, generate: false });
    const id = warmUp.at(-1)?.response?.id;
    const last = await socket.runTurn({ model, ...passing, store: false, previous_response_id: id });
    expect(last.at(-1)?.type).toBe('response.completed');
    for (const refused of [unknown, { ...passing, max_output_tokens: canary.passing }, { type: canary.passing }]) {
      expect((await socket.runTurn({ model, ...refused })).at(-1)?.type).toBe('error');
    }
    socket.socket.close();
  }
}

async function deleteResponses(client: Client): Promise<void> {
  const deleted = withCanary(canary.deleted);
  for (const model of models) {
    const replies = [await client.create({ model, ...deleted }), await client.runInBackground({ model, ...deleted })];
    for (const { body } of replies) {
      expect((await client.send('DELETE', `/v1/responses/${body.id}`)).status).toBe(200);
    }
  }
}

test(`responses are stored in their table, and in the job that makes one, and nowhere else (${engines})`, {
  timeout: 300_000,
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
    variables: () => ({ LOG_LEVEL: 'debug', TAP_URL: tap.url }),
    onLog: (line) => logged.push(line),
  });
  cleanup.defer(gateway.stop);
  const { url, services } = gateway;
  const { key, keyId, rows } = await gateway.createTenant({ requestsPerMinute: 1_000_000 }, { storeResponses: true });
  const client = createClient(url, key);
  const webhookUrl = `${gateway.receiverUrl}/ok/canaries-responses`;
  await storeResponses(client, url, key, webhookUrl);
  await passResponses(client, url, key);
  await deleteResponses(client);
  const unstored = await gateway.createTenant();
  const { body } = await createClient(url, unstored.key).create({ model: 'stub', ...withCanary(canary.passing) });
  expect(body.store).toBe(false);

  const webhooks = await waitFor(async () => {
    const text = await (await fetch(`${gateway.receiverUrl}/_seen?path=/ok/canaries-responses`)).text();
    expect(text.split('response.completed').length).toBeGreaterThan(models.length);
    return text;
  });
  // Each model answers 14 requests, and one fails.
  await rows(models.length * 14 + 1);
  const dumped = openDatabase({
    url: services.DATABASE_URL ?? '',
    httpUrl: services.DATABASE_HTTP_URL,
    timeoutMs: 60_000,
  });
  const columns = await dumpColumns(dumped);
  const found = (content: string) => everyCanary.filter((text) => content.includes(text));
  for (const [place, content] of columns) {
    const expected = [...keptColumns, ...jobColumns].includes(place) ? [canary.kept] : [];
    expect([place, found(content)]).toEqual([place, expected]);
  }
  for (const place of [...keptColumns, ...jobColumns]) expect([...columns.keys()]).toContain(place);

  const redis = openRedis({
    url: services.UPSTASH_REDIS_REST_URL ?? '',
    token: services.UPSTASH_REDIS_REST_TOKEN ?? '',
    timeoutMs: 10_000,
  });
  const elsewhere = {
    redis: await dumpRedis(redis),
    queues: tap.messages.join('\n'),
    log: logged.join('\n'),
    webhooks,
  };
  for (const [place, content] of Object.entries(elsewhere)) {
    expect([place, found(content)]).toEqual([place, []]);
    // The beginning of what gzip and base64 make of a text.
    expect([place, content.includes('H4sI')]).toEqual([place, false]);
  }
  expect(elsewhere.redis).toContain(keyId);
  expect(elsewhere.log).toContain(keyId);
  for (const queue of ['USAGE_QUEUE', 'JOBS_QUEUE', 'WEBHOOKS_QUEUE']) expect(elsewhere.queues).toContain(`/${queue} `);
});
