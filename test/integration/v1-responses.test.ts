import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { createTenant, ledgerRows, post, send, variables } from './gateway.ts';

/** OpenAI's own client, whose requests go to the gateway. */
async function openClient() {
  const tenant = await createTenant();
  const client = new OpenAI({
    apiKey: tenant.key,
    baseURL: 'http://gateway.test/v1',
    maxRetries: 0,
    logLevel: 'off',
    fetch: (input, init) => send(new URL(String(input)).pathname, init),
  });
  const row = async () => (await ledgerRows(tenant.tenantId, 1))[0] ?? expect.unreachable();
  return { client, row, headers: { 'x-api-key': tenant.key } };
}

/** Returns the parsed body of the one request to the provider that contains a text. */
async function readRecordedBody(containing: string): Promise<unknown> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  const { requests } = (await response.json()) as { requests: { body: unknown }[] };
  return requests[0]?.body ?? expect.unreachable();
}

const replyText = 'Привет! Это ответ сервера OpenAI.';

describe.each(['gpt-4o-mini', 'openai/gpt-4o-mini', 'acme/acme-large'])('%s', (model) => {
  test('answers the official client and has its row', async () => {
    const { client, row } = await openClient();
    const reply = await client.responses.create({ model, input: 'Hi' });
    expect(reply).toMatchObject({ status: 'completed', output_text: replyText, usage: { input_tokens: 19 } });
    expect(await row()).toMatchObject({
      source: 'sync',
      status: 'completed',
      finishReason: 'stop',
      provider: model.startsWith('acme') ? 'acme' : 'openai',
      inputTokens: 19,
      outputTokens: 7,
      tokenSource: 'provider',
      costNanoUsd: model.startsWith('acme') ? null : 19n * 150n + 7n * 600n,
    });
  });

  test('streams to the official client, and has its row', async () => {
    const { client, row } = await openClient();
    const stream = client.responses.stream({ model, input: 'Hi' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => {
      text += delta;
    });
    const reply = await stream.finalResponse();
    expect([text, reply.output_text, reply.status]).toEqual([replyText, replyText, 'completed']);
    expect(await row()).toMatchObject({ source: 'stream', status: 'completed', inputTokens: 19, outputTokens: 7 });
  });
});

test('the body is passed through unchanged except the name of the model', async () => {
  const { client, headers } = await openClient();
  const { id } = await client.responses.create({ model: 'gpt-4o-mini', input: 'Hi' });
  const mark = crypto.randomUUID();
  const body = `{ "input":[{"role":"user","content":[{"type":"input_text","text":"${mark}"}]}],  "store" : false,
    "model":"openai/gpt-4o-mini", "previous_response_id":"${id}", "a_new_field":{"x":[1.0,2e3]}, "background":false }`;
  const reply = await post('/v1/responses', body, headers);
  expect(reply.status).toBe(200);
  expect(await readRecordedBody(mark)).toEqual({ ...JSON.parse(body), model: 'gpt-4o-mini' });
});

test('the stream is passed through byte for byte', async () => {
  const { headers } = await openClient();
  const body = { model: 'gpt-4o-mini', input: '[[scenario:unicode,crlf]] go', stream: true };
  const direct = await fetch(`${variables.OPENAI_BASE_URL}/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${variables.OPENAI_API_KEY}` },
    body: JSON.stringify(body),
  });
  const through = await post('/v1/responses', body, headers);
  expect(through.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(await through.text()).toBe(await direct.text());
});

describe('a stream that breaks off', () => {
  const events = (text: string) =>
    [...text.matchAll(/^data: (.*)$/gm)].flatMap(([, json = '']) => {
      try {
        return [JSON.parse(json) as { type: string; sequence_number: number }];
      } catch {
        return [];
      }
    });

  test.each(['cut', 'clean-cut', 'silence after=2', 'cut mid=character', 'error-event'])(
    'ends in one error event of the protocol: %s',
    async (trouble) => {
      const { headers, row } = await openClient();
      const body = { model: 'gpt-4o-mini', input: `[[scenario:unicode,${trouble}]] go`, stream: true };
      const text = await (await post('/v1/responses', body, headers)).text();
      const endings = events(text).filter(({ type }) => /^error$|^response\.(completed|incomplete|failed)$/.test(type));
      const errorEvent = { type: 'error', code: expect.any(String), message: expect.any(String), param: null };
      expect(endings).toMatchObject([{ ...errorEvent, sequence_number: expect.any(Number) }]);
      expect(text).toMatch(/\nevent: error\ndata: \{"type":"error",.*\}\n\n$/);
      if (trouble !== 'error-event') {
        // Behind created, in_progress, item, part and two deltas.
        expect(endings[0]?.sequence_number).toBe(6);
      }
      const { status, tokenSource, outputTokens } = await row();
      expect({ status, tokenSource }).toEqual({ status: 'failed', tokenSource: 'estimated' });
      expect(outputTokens).toBeGreaterThan(0);
    },
  );

  test('raises an APIError in the official client', async () => {
    const { client } = await openClient();
    const input = '[[scenario:cut]] go';
    const stream = await client.responses.create({ model: 'gpt-4o-mini', input, stream: true });
    const read = async () => {
      for await (const event of stream) void event;
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

describe('a request is rejected for', () => {
  const fails = async (work: (client: OpenAI) => Promise<unknown>) => {
    const { client } = await openClient();
    return await work(client).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
  };

  test('background mode without stored responses', async () => {
    const request = { model: 'gpt-4o-mini', input: 'Hi', background: true };
    const error = await fails((client) => client.responses.create(request));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'background', message: expect.stringContaining('storeResponses') });
  });

  test('a model that is unknown to OpenAI', async () => {
    const error = await fails((client) => client.responses.create({ model: 'gpt-9', input: 'Hi' }));
    // OpenAI says it with this status, and a passed error keeps its status.
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'model_not_found' });
  });

  test('a value that OpenAI rejects, with the message of OpenAI', async () => {
    const request = { model: 'gpt-4o-mini', input: 'Hi', max_output_tokens: 3 };
    const error = await fails((client) => client.responses.create(request));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ message: expect.stringContaining('max_output_tokens') });
  });
});
