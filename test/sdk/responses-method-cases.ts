import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { expect } from 'vitest';
import * as z from 'zod';
import { waitFor } from '../support/wait-for.ts';
import { promptFor, type SdkProvider } from './matrix-case.ts';

/** A method of the official client's Responses, on any provider. */
export interface MethodCase {
  readonly name: string;
  run(openAi: OpenAI, provider: SdkProvider): Promise<void>;
}

const format = zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather');
const weather = { city: expect.any(String), degrees: expect.any(Number) };
const look = { type: 'function' as const, name: 'look', parameters: { type: 'object', properties: {} }, strict: false };
const user = (content: string) => ({ role: 'user' as const, content });

export const methodCases: readonly MethodCase[] = [
  {
    name: 'create',
    run: async (openAi, provider) => {
      const { model } = provider;
      const response = await openAi.responses.create({ model, input: promptFor(provider, 'Say 東京.') });
      expect(response).toMatchObject({ object: 'response', status: 'completed', store: true });
      expect(response.output_text).toContain('東京');
      expect(response.usage?.total_tokens).toBeGreaterThan(0);
    },
  },
  {
    name: 'create, streamed',
    run: async (openAi, provider) => {
      const { model } = provider;
      const events = await openAi.responses.create({ model, input: promptFor(provider, 'Say 東京.'), stream: true });
      const types = [];
      for await (const { type } of events) types.push(type);
      expect([types.at(0), types.at(-1)]).toEqual(['response.created', 'response.completed']);
    },
  },
  {
    name: 'stream',
    run: async (openAi, provider) => {
      const { model } = provider;
      const stream = openAi.responses.stream({ model, input: promptFor(provider, 'Say 東京.') });
      let text = '';
      stream.on('response.output_text.delta', ({ delta }) => {
        text += delta;
      });
      const response = await stream.finalResponse();
      expect(text).toContain('東京');
      expect(response).toMatchObject({ status: 'completed', output_text: text });
    },
  },
  {
    name: 'parse',
    run: async (openAi, provider) => {
      const { model } = provider;
      const input = promptFor(provider, 'How is it?');
      const response = await openAi.responses.parse({ model, input, text: { format } });
      expect(response.output_parsed).toEqual(weather);
    },
  },
  {
    name: 'stream, parsed',
    run: async (openAi, provider) => {
      const { model } = provider;
      const input = promptFor(provider, 'How is it?');
      const response = await openAi.responses.stream({ model, input, text: { format } }).finalResponse();
      expect(response.output_parsed).toEqual(weather);
    },
  },
  {
    name: 'items sent back',
    run: async (openAi, provider) => {
      const { model } = provider;
      const question = user(promptFor(provider, '[[tool:look]] Well?'));
      const first = await openAi.responses.create({ model, input: [question], tools: [look] });
      const [call] = first.output.filter((item) => item.type === 'function_call');
      const call_id = call?.call_id ?? expect.unreachable('no tool call');
      const result = { type: 'function_call_output' as const, call_id, output: 'look says ☔' };
      const items = first.output.filter((item) => item.type === 'function_call' || item.type === 'message');
      const second = await openAi.responses.create({ model, input: [question, ...items, result], tools: [look] });
      expect(second.output_text).toContain('look says ☔');
    },
  },
  {
    name: 'retrieve, delete',
    run: async (openAi, provider) => {
      const { model } = provider;
      const first = await openAi.responses.create({ model, input: promptFor(provider, 'Say 東京.') });
      const input = promptFor(provider, 'And now?');
      const second = openAi.responses.stream({ model, input, previous_response_id: first.id });
      for (const { id, output_text } of [first, await second.finalResponse()]) {
        const retrieved = await openAi.responses.retrieve(id);
        expect([retrieved.id, retrieved.output_text]).toEqual([id, output_text]);
        await openAi.responses.delete(id);
        await expect(openAi.responses.retrieve(id)).rejects.toThrow(OpenAI.NotFoundError);
      }
    },
  },
  {
    name: 'inputItems.list',
    run: async (openAi, provider) => {
      const { model } = provider;
      const input = [user('First.'), { role: 'assistant' as const, content: 'Second.' }];
      const { id } = await openAi.responses.create({ model, input: [...input, user(promptFor(provider, 'Third.'))] });
      const texts = [];
      for await (const item of openAi.responses.inputItems.list(id)) texts.push(JSON.stringify(item));
      expect(texts).toEqual(['Third.', 'Second.', 'First.'].map((text) => expect.stringContaining(text)));
    },
  },
  {
    name: 'unknown previous_response_id',
    run: async (openAi, { model }) => {
      const error = await catchError(openAi.responses.create({ model, input: 'Hi', previous_response_id: 'resp_1' }));
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error).toMatchObject({ code: 'previous_response_not_found', param: 'previous_response_id' });
    },
  },
  {
    name: 'inputTokens.count',
    run: async (openAi, { model }) => {
      const { input_tokens } = await openAi.responses.inputTokens.count({ model, input: 'How many tokens is this?' });
      expect(input_tokens).toBeGreaterThan(3);
    },
  },
  {
    name: 'compact',
    run: async (openAi, provider) => {
      const { model } = provider;
      const compacted = await openAi.responses.compact({ model, input: promptFor(provider, 'Remember: 東京.') });
      expect(compacted.output.map(({ type }) => type)).toEqual(['message', 'compaction']);
      expect(compacted.usage.total_tokens).toBeGreaterThan(0);
      const items = compacted.output.filter((item) => item.type === 'message' || item.type === 'compaction');
      const question = user(promptFor(provider, 'And now?'));
      const response = await openAi.responses.create({ model, input: [...items, question] });
      expect(response.output_text).toContain('And now?');
    },
  },
  {
    name: 'background',
    run: async (openAi, provider) => {
      const params = { model: provider.model, background: true };
      const created = await openAi.responses.create({ ...params, input: promptFor(provider, 'Remember: 東京.') });
      expect(created).toMatchObject({ status: 'queued', background: true, output: [] });
      const response = await waitFor(async () => {
        const polled = await openAi.responses.retrieve(created.id);
        expect(['queued', 'in_progress']).not.toContain(polled.status);
        return polled;
      });
      expect(response).toMatchObject({ id: created.id, status: 'completed' });
      expect(response.output_text).toContain('東京');
      const events = await openAi.responses.retrieve(created.id, { stream: true, starting_after: 1 });
      const types = [];
      for await (const { type } of events) types.push(type);
      expect([types.at(0), types.at(-1)]).toEqual(['response.in_progress', 'response.completed']);
      const input = promptFor(provider, 'And now?');
      const stream = openAi.responses.stream({ ...params, input, previous_response_id: created.id });
      const second = await stream.finalResponse();
      expect(second).toMatchObject({ status: 'completed', previous_response_id: created.id });
      expect((await openAi.responses.inputItems.list(second.id)).data).toHaveLength(3);
      await openAi.responses.delete(created.id);
      await expect(openAi.responses.retrieve(created.id)).rejects.toThrow(OpenAI.NotFoundError);
    },
  },
  {
    name: 'cancel',
    run: async (openAi, provider) => {
      const { isStub, model } = provider;
      const input = isStub ? 'Hi' : '[[scenario:paced ms=100 chunks=300]] Hi';
      const slow = { model: isStub ? 'stub-slow' : model, input, background: true };
      const { id } = await openAi.responses.create(slow);
      for (const _ of ['first', 'again']) {
        expect(await openAi.responses.cancel(id)).toMatchObject({ id, status: 'cancelled' });
      }
      expect(await openAi.responses.retrieve(id)).toMatchObject({ id, status: 'cancelled' });
      const synchronous = await openAi.responses.create({ model, input: promptFor(provider, 'Hi') });
      expect(await catchError(openAi.responses.cancel(synchronous.id))).toBeInstanceOf(OpenAI.BadRequestError);
    },
  },
];

async function catchError(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
