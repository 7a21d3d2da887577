import { ApiError, type Chat, type FunctionCall, type GenerateContentResponse, type GoogleGenAI } from '@google/genai';
import { expect } from 'vitest';
import { promptFor, type SdkProvider } from './matrix-case.ts';

/** A method of the official client, on any provider. */
export interface MethodCase {
  readonly name: string;
  run(client: GoogleGenAI, provider: SdkProvider): Promise<void>;
}

const declaration = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const tools = [{ functionDeclarations: [declaration] }];
const schema = { type: 'object', properties: { degrees: { type: 'number' } }, required: ['degrees'] };

export const methodCases: readonly MethodCase[] = [
  {
    name: 'generateContent',
    run: async (client, provider) => {
      const contents = promptFor(provider, 'Say 東京.');
      const response = await client.models.generateContent({ model: provider.model, contents });
      expect(response.text).toContain('東京');
      expect(response.candidates?.[0]?.finishReason).toBe('STOP');
      expect(response.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
    },
  },
  {
    name: 'generateContentStream',
    run: async (client, provider) => {
      const contents = promptFor(provider, 'Say 東京, and then a little more.');
      const chunks = [];
      for await (const chunk of await client.models.generateContentStream({ model: provider.model, contents }))
        chunks.push(chunk);
      expect(chunks.map(({ text = '' }) => text).join('')).toContain('東京, and then a little more.');
      expect(chunks.length).toBeGreaterThan(1);
      expect(chunks.map(({ candidates }) => candidates?.[0]?.finishReason).filter(Boolean)).toEqual(['STOP']);
      expect(chunks.at(-1)?.usageMetadata?.totalTokenCount).toBeGreaterThan(0);
    },
  },
  {
    name: 'generateContent with a schema',
    run: async (client, provider) => {
      const contents = promptFor(provider, 'How is it?');
      const config = { responseMimeType: 'application/json', responseJsonSchema: schema };
      const { text = '' } = await client.models.generateContent({ model: provider.model, contents, config });
      expect(JSON.parse(text)).toEqual({ degrees: expect.any(Number) });
    },
  },
  {
    name: 'function calls, and their results',
    run: async (client, provider) => {
      const { model } = provider;
      const question = { role: 'user', parts: [{ text: promptFor(provider, weatherIn('Oslo', 'Rome')) }] };
      const first = await client.models.generateContent({ model, contents: [question], config: { tools } });
      const calls = first.functionCalls ?? [];
      expect(calls.map(({ args }) => args)).toEqual([{ city: 'Oslo' }, { city: 'Rome' }]);
      const reply = first.candidates?.[0]?.content ?? expect.unreachable('no content');
      const results = { role: 'user', parts: calls.map(toResult) };
      const contents = [question, reply, results];
      const second = await client.models.generateContent({ model, contents, config: { tools } });
      expect(second.text).toMatch(/sunny in Oslo.*sunny in Rome/s);
    },
  },
  { name: 'chats', run: async (client, provider) => await runChat(client, provider, sendWhole) },
  { name: 'chats, streamed', run: async (client, provider) => await runChat(client, provider, sendStreamed) },
  {
    name: 'countTokens',
    run: async (client, { model }) => {
      const { totalTokens } = await client.models.countTokens({ model, contents: 'How many tokens is this?' });
      expect(totalTokens).toBeGreaterThan(3);
    },
  },
  {
    name: 'embedContent',
    run: async (client, { model, embeddingModel }) => {
      const embed = client.models.embedContent({ model: embeddingModel ?? model, contents: ['a', 'b'] });
      if (embeddingModel !== undefined) {
        const { embeddings = [] } = await embed;
        expect(embeddings.map(({ values = [] }) => values.length > 1)).toEqual([true, true]);
        return;
      }
      const error = await embed.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ApiError);
      const fix = 'has no embeddings: use a model of OpenAI, of a compatible provider, or of Ollama';
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining(fix) });
    },
  },
  {
    name: 'models.get',
    run: async (client, { model, name }) => {
      const found = await client.models.get({ model: `${name}/${model.replace(`${name}/`, '')}` });
      expect(found.supportedActions).toEqual(expect.arrayContaining(['generateContent', 'countTokens']));
    },
  },
];

const weatherIn = (...cities: readonly string[]) => {
  return `${cities.map((city) => `[[tool:get_weather {"city":"${city}"}]]`).join(' ')} Well?`;
};

function toResult({ id, name, args }: FunctionCall) {
  const response = { output: `sunny in ${args?.city}` };
  return { functionResponse: { id: id ?? '', name: name ?? '', response } };
}

type Message = Parameters<Chat['sendMessage']>[0]['message'];
type Send = (chat: Chat, message: Message) => Promise<readonly GenerateContentResponse[]>;

const sendWhole: Send = async (chat, message) => [await chat.sendMessage({ message })];
const sendStreamed: Send = async (chat, message) => {
  const chunks = [];
  for await (const chunk of await chat.sendMessageStream({ message })) chunks.push(chunk);
  return chunks;
};

/** Runs two tool loops in one chat, which keeps its history. */
async function runChat(client: GoogleGenAI, provider: SdkProvider, send: Send): Promise<void> {
  const chat = client.chats.create({ model: provider.model, config: { tools } });
  for (const city of ['Oslo', 'Rome']) {
    const calls = (await send(chat, promptFor(provider, weatherIn(city)))).flatMap(
      (chunk) => chunk.functionCalls ?? [],
    );
    expect(calls.map(({ name, args }) => ({ name, args }))).toEqual([{ name: 'get_weather', args: { city } }]);
    const chunks = await send(chat, calls.map(toResult));
    const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    expect(parts.map(({ text = '' }) => text).join('')).toContain(`sunny in ${city}`);
  }
  const roles = chat.getHistory(true).map(({ role }) => role);
  expect(roles.filter((role) => role === 'model').length).toBeGreaterThanOrEqual(4);
}
