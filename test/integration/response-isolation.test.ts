import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { post, send } from './gateway.ts';
import { openClient } from './openai-client.ts';
import { lastResponse, openSocket, type TestSocket } from './responses-websocket.ts';

/** In what the owner says. No reply to the stranger may contain it. */
const secret = 'sesame7d2e';
/** So long that a count of tokens would show it. */
const ownInput = `${secret} ${'word '.repeat(300)}`;
const storing = { storeResponses: true };

type Tenant = Awaited<ReturnType<typeof openClient>>;

/** What belongs to the owner. */
interface Owned {
  readonly model: string;
  readonly id: string;
  /** The id of an item of its output. */
  readonly itemId?: string | undefined;
  /** Asserts that the owner still has it. */
  readonly isThere: () => Promise<void>;
}

let owner: Tenant;
let stranger: Tenant;
const sockets: TestSocket[] = [];

beforeAll(async () => {
  [owner, stranger] = await Promise.all([openClient(storing), openClient(storing)]);
});
afterAll(() => {
  for (const socket of sockets) socket.close();
});

async function openSocketOf({ headers }: Tenant): Promise<TestSocket> {
  const socket = await openSocket(headers['x-api-key']);
  sockets.push(socket);
  return socket;
}

async function createStored(model: string): Promise<Owned> {
  const { id, output } = await owner.client.responses.create({ model, input: ownInput });
  const isThere = async () => expect((await owner.client.responses.retrieve(id)).id).toBe(id);
  return { model, id, itemId: output[0]?.id, isThere };
}

async function createRunning(): Promise<Owned> {
  const model = 'gpt-4o-mini';
  const input = `[[scenario:paced ms=100 chunks=600]] ${ownInput}`;
  const { id } = await owner.client.responses.create({ model, input, background: true });
  const isThere = async () => {
    expect(['queued', 'in_progress']).toContain((await owner.client.responses.retrieve(id)).status);
  };
  return { model, id, isThere };
}

async function createEnded(): Promise<Owned> {
  const model = 'stub';
  const { id } = await owner.client.responses.create({ model, input: ownInput, background: true });
  const isThere = async () => expect((await owner.client.responses.retrieve(id)).status).toBe('completed');
  await waitFor(isThere);
  return { model, id, itemId: (await owner.client.responses.retrieve(id)).output[0]?.id, isThere };
}

async function createOnSocket(fields: object): Promise<Owned> {
  const model = 'claude-haiku-4-5';
  const socket = await openSocketOf(owner);
  const { id } = lastResponse(await socket.create({ model, input: ownInput, store: false, ...fields }));
  const isThere = async () => {
    lastResponse(await socket.create({ model, input: 'Hi', previous_response_id: id, store: false }));
  };
  return { model, id, isThere };
}

interface Thing {
  readonly name: string;
  /** Whether it has items whose ids others could name. */
  readonly hasItems: boolean;
  readonly create: () => Promise<Owned>;
}

const things: readonly Thing[] = [
  { name: 'a stored response', hasItems: true, create: () => createStored('stub') },
  { name: 'a response that the provider stores', hasItems: true, create: () => createStored('gpt-4o-mini') },
  { name: 'a response that runs in the background', hasItems: false, create: createRunning },
  { name: 'a response that has ended in the background', hasItems: true, create: createEnded },
  { name: 'a response of a WebSocket', hasItems: false, create: () => createOnSocket({}) },
  { name: 'a warm-up of a WebSocket', hasItems: false, create: () => createOnSocket({ generate: false }) },
];

/** Asks by an id, as the stranger. Resolves with what the reply says. */
type Ask = (id: string, model: string) => Promise<unknown>;

const request =
  (method: string, path: string): Ask =>
  async (id) => {
    const suffix = id.slice(id.indexOf('_') + 1);
    const response = await send(path.replace('ID', id).replace('SUFFIX', suffix), {
      method,
      headers: stranger.headers,
    });
    return { status: response.status, text: await response.text() };
  };
const create =
  (path: string, bodyOf: (id: string) => object): Ask =>
  async (id, model) => {
    const response = await post(path, { model, input: 'Hi', ...bodyOf(id) }, stranger.headers);
    return { status: response.status, text: await response.text() };
  };
const onSocket =
  (bodyOf: (id: string) => object): Ask =>
  async (id, model) => {
    const socket = await openSocketOf(stranger);
    const turn = await socket.create({ model, input: 'Hi', ...bodyOf(id) });
    socket.close();
    return turn.map(({ headers: _, ...message }) => message);
  };

const previous = (id: string) => ({ previous_response_id: id });
const reference = (id: string) => ({
  input: [
    { type: 'item_reference', id },
    { role: 'user', content: 'Hi' },
  ],
});
const bareReference = (id: string) => ({ input: [{ id }, { role: 'user', content: 'Hi' }] });

const byResponse: Readonly<Record<string, Ask>> = {
  'GET /v1/responses/ID': request('GET', '/v1/responses/ID'),
  'GET /v1/responses/ID?stream=true': request('GET', '/v1/responses/ID?stream=true'),
  'GET /v1/responses/ID/input_items': request('GET', '/v1/responses/ID/input_items'),
  'POST /v1/responses/ID/cancel': request('POST', '/v1/responses/ID/cancel'),
  'DELETE /v1/responses/ID': request('DELETE', '/v1/responses/ID'),
  'GET /api/jobs/{id}': request('GET', '/api/jobs/job_SUFFIX'),
  'GET /api/jobs/{id}/events': request('GET', '/api/jobs/job_SUFFIX/events'),
  'POST /api/jobs/{id}/cancel': request('POST', '/api/jobs/job_SUFFIX/cancel'),
  'POST /v1/responses': create('/v1/responses', previous),
  'POST /v1/responses, streamed': create('/v1/responses', (id) => ({ ...previous(id), stream: true })),
  'POST /v1/responses in the background': create('/v1/responses', (id) => ({ ...previous(id), background: true })),
  'POST /v1/responses/input_tokens': create('/v1/responses/input_tokens', previous),
  'POST /v1/responses/compact': create('/v1/responses/compact', previous),
  'a WebSocket': onSocket(previous),
  'a WebSocket, not stored': onSocket((id) => ({ ...previous(id), store: false })),
  'a warm-up': onSocket((id) => ({ ...previous(id), generate: false })),
};
const byItem: Readonly<Record<string, Ask>> = {
  'POST /v1/responses': create('/v1/responses', reference),
  'POST /v1/responses without a type': create('/v1/responses', bareReference),
  'POST /v1/responses in the background': create('/v1/responses', (id) => ({ ...reference(id), background: true })),
  'POST /v1/responses/input_tokens': create('/v1/responses/input_tokens', reference),
  'POST /v1/responses/compact': create('/v1/responses/compact', reference),
  'a WebSocket': onSocket(reference),
};

/**
 * Asserts that the reply to an id of the owner is that to an id that does not exist, but for what names the request, and the tokens of
 * the id itself.
 */
async function expectUnknown(ask: Ask, id: string, model: string): Promise<string> {
  const readReply = async (named: string) => {
    const reply = JSON.stringify(await ask(named, model));
    return reply
      .replaceAll(named, 'ID')
      .replaceAll(/(req|resp|msg|cmp|job)_\w{20,}/g, '$1')
      .replaceAll(/"\w+_at":\d+/g, '')
      .replaceAll(/(input_tokens\W+)\d{1,2}\b/g, '$1');
  };
  const reply = await readReply(id);
  expect(reply).toBe(await readReply(id.replace(/.{12}$/, '0'.repeat(12))));
  expect(reply).not.toContain(secret);
  return reply;
}

describe.each(things)('$name of another tenant', ({ create: createThing }) => {
  let owned: Owned;
  beforeAll(async () => {
    owned = await createThing();
  });

  it.each(Object.entries(byResponse))('is unknown to %s', async (_, ask) => {
    const reply = await expectUnknown(ask, owned.id, owned.model);
    expect(reply).toMatch(/"status":(400|404)|input_tokens/);
    await owned.isThere();
  });
});

describe.each(things.filter(({ hasItems }) => hasItems))('the items of $name of another tenant', (thing) => {
  let owned: Owned;
  beforeAll(async () => {
    owned = await thing.create();
  });

  it.each(Object.entries(byItem))('are unknown to %s', async (_, ask) => {
    await expectUnknown(ask, owned.itemId ?? expect.unreachable(), owned.model);
    await owned.isThere();
  });
});
