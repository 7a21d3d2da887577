import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { devKey } from '../../src/domain/dev-key.ts';
import { isAbsent, refusedParameter } from './exceptions.ts';
import { type FailingKeys, failureCases } from './failure-cases.ts';
import { createKey } from './keys.ts';
import { MatrixCase, plainProvider, promptFor, providers } from './matrix-case.ts';
import { Outcomes } from './outcomes.ts';
import { replyCases } from './reply-cases.ts';
import { responsesClient } from './responses-client.ts';

const gatewayUrl = inject('gatewayUrl');
/** Those that have no Responses, so that a request is translated. */
const translated = [...providers.filter(({ name }) => name !== 'openai' && name !== 'acme'), plainProvider];
const client = responsesClient(gatewayUrl);
const keys: { -readonly [Name in keyof FailingKeys]: string } = { readOnly: '', spent: '' };
const cases = [...replyCases, ...failureCases(keys)].filter(({ name }) => name !== 'stop');
const outcomes = new Outcomes(
  'sync stream',
  cases.map(({ name }) => name),
  translated.map(({ name }) => `responses → ${name}`),
);

beforeAll(async () => {
  keys.readOnly = await createKey(gatewayUrl, { scopes: ['read'] });
  keys.spent = await createKey(gatewayUrl, { limits: { tokensPerMinute: 1 } });
});

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

it.concurrent.each(cases)('does $name with every provider that has no Responses', async ({ name, run }) => {
  const failures: string[] = [];
  const tries = translated.flatMap((provider) =>
    [false, true].map((stream) => new MatrixCase(client, provider, stream, inject('providerUrl'))),
  );
  await Promise.all(
    tries.map(async (matrixCase) => {
      try {
        const parameter = refusedParameter(name, matrixCase);
        if (parameter === undefined) {
          await run(matrixCase);
          outcomes.note(matrixCase.placeOf(name), isAbsent(name, matrixCase) ? '–' : '✓');
          return;
        }
        const error = await run(matrixCase).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ status: 400, param: expect.stringContaining(parameter) });
        outcomes.note(matrixCase.placeOf(name), `refused: ${parameter}`);
      } catch (error) {
        outcomes.note(matrixCase.placeOf(name), '✗');
        failures.push(`${matrixCase.name}: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
  expect(failures, failures.join('\n')).toEqual([]);
});

describe.each([...providers, plainProvider])('the official client on $name, in the background', (provider) => {
  const openAi = new OpenAI({ apiKey: devKey, baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
  const { model } = provider;
  const hasEnded = ({ status }: OpenAI.Responses.Response) => status !== 'queued' && status !== 'in_progress';

  it('polls a response, continues it and streams it again', async () => {
    const params = { model, background: true };
    const created = await openAi.responses.create({ ...params, input: promptFor(provider, 'Remember: 東京.') });
    expect(created).toMatchObject({ status: 'queued', background: true, output: [] });
    const poll = async () => await openAi.responses.retrieve(created.id);
    await expect.poll(async () => hasEnded(await poll()), { timeout: 30_000 }).toBe(true);
    const response = await poll();
    expect(response).toMatchObject({
      id: created.id,
      status: 'completed',
      output_text: expect.stringContaining('東京'),
    });
    const events = await openAi.responses.retrieve(created.id, { stream: true, starting_after: 1 });
    const types = [];
    for await (const { type } of events) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(['response.in_progress', 'response.completed']);
    const input = promptFor(provider, 'And now?');
    const stream = openAi.responses.stream({ ...params, input, previous_response_id: created.id });
    const second = await stream.finalResponse();
    expect(second).toMatchObject({ status: 'completed', previous_response_id: created.id });
    expect((await openAi.responses.inputItems.list(second.id)).data).toHaveLength(3);
    await openAi.responses.delete(created.id);
    expect(await poll().catch((thrown: unknown) => thrown)).toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('cancels a response', async () => {
    const input = provider.isStub ? 'Hi' : '[[scenario:paced ms=100 chunks=300]] Hi';
    const slow = { model: provider.isStub ? 'stub-slow' : model, input, background: true };
    const { id } = await openAi.responses.create(slow);
    expect(await openAi.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
    expect(await openAi.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
    const synchronous = await openAi.responses.create({ model, input: promptFor(provider, 'Hi') });
    const error = await openAi.responses.cancel(synchronous.id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  });
});

describe.each(translated)('the official client on $name', (provider) => {
  const openAi = new OpenAI({ apiKey: devKey, baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
  const { model } = provider;

  it('parses a reply by its schema', async () => {
    const format = zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather');
    const input = promptFor(provider, 'How is it?');
    const response = await openAi.responses.parse({ model, input, text: { format } });
    expect(response.output_parsed).toEqual({ city: expect.any(String), degrees: expect.any(Number) });
  });

  it('sends the items of a reply back with the results of its tools', async () => {
    const look = {
      type: 'function' as const,
      name: 'look',
      parameters: { type: 'object', properties: {} },
      strict: false,
    };
    const question = { role: 'user' as const, content: promptFor(provider, '[[tool:look]] Well?') };
    const first = await openAi.responses.create({ model, input: [question], tools: [look] });
    const [call] = first.output.filter((item) => item.type === 'function_call');
    const call_id = call?.call_id ?? expect.unreachable('no tool call');
    const result = { type: 'function_call_output' as const, call_id, output: 'look says ☔' };
    const items = first.output.filter((item) => item.type === 'function_call' || item.type === 'message');
    const second = await openAi.responses.create({ model, input: [question, ...items, result], tools: [look] });
    expect(second.output_text).toContain('look says ☔');
  });

  it('goes on with a stored response by its id', async () => {
    const first = await openAi.responses.create({ model, input: promptFor(provider, 'Remember: 東京.') });
    expect(first).toMatchObject({ store: true });
    const input = promptFor(provider, 'And now?');
    const second = await openAi.responses.stream({ model, input, previous_response_id: first.id }).finalResponse();
    expect(second.previous_response_id).toBe(first.id);
    const retrieved = await openAi.responses.retrieve(second.id);
    expect([retrieved.id, retrieved.output_text]).toEqual([second.id, second.output_text]);
    const items = [];
    for await (const item of openAi.responses.inputItems.list(second.id, { order: 'asc', limit: 2 })) items.push(item);
    expect(items.map((item) => ('role' in item ? item.role : item.type))).toEqual(['user', 'assistant', 'user']);
    await openAi.responses.delete(second.id);
    const error = await openAi.responses.retrieve(second.id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('compacts a conversation and goes on with it', async () => {
    const compacted = await openAi.responses.compact({ model, input: promptFor(provider, 'Remember: 東京.') });
    expect(compacted.output.map(({ type }) => type)).toEqual(['message', 'compaction']);
    expect(compacted.usage.total_tokens).toBeGreaterThan(0);
    const items = compacted.output.filter((item) => item.type === 'message' || item.type === 'compaction');
    const question = { role: 'user' as const, content: promptFor(provider, 'And now?') };
    const response = await openAi.responses.create({ model, input: [...items, question] });
    expect(response.output_text).toContain('And now?');
  });

  it('continues no unknown response', async () => {
    const error = await openAi.responses
      .create({ model, input: 'Hi', previous_response_id: 'resp_1' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'previous_response_not_found', param: 'previous_response_id' });
  });
});
