import { ApiError, type FunctionCall, GoogleGenAI } from '@google/genai';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createKey } from './keys.ts';
import { promptFor, providers } from './matrix-case.ts';

const gatewayUrl = inject('gatewayUrl');
const allowedModels = ['gpt-4o-mini', 'claude-haiku-4-5', 'acme-large', 'stub'];
const declaration = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

let apiKey: string;
beforeAll(async () => {
  apiKey = await createKey(gatewayUrl, {});
});

const clientWith = (baseUrl = gatewayUrl, key = apiKey) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl } });

describe.each(providers)('on $name', (provider) => {
  const { model } = provider;

  it.each([false, true])('a chat keeps its history through a tool loop, streamed: %s', async (stream) => {
    const chat = clientWith().chats.create({ model, config: { tools: [{ functionDeclarations: [declaration] }] } });
    const ask = async (message: Parameters<typeof chat.sendMessage>[0]['message']) => {
      const calls: FunctionCall[] = [];
      let text = '';
      const chunks = stream ? await chat.sendMessageStream({ message }) : [await chat.sendMessage({ message })];
      for await (const chunk of chunks) {
        calls.push(...(chunk.functionCalls ?? []));
        text += (chunk.candidates?.[0]?.content?.parts ?? []).map((part) => part.text ?? '').join('');
      }
      return { calls, text };
    };
    for (const city of ['Oslo', 'Rome']) {
      const { calls } = await ask(promptFor(provider, `[[tool:get_weather {"city":"${city}"}]] Well?`));
      expect(calls.map(({ name, args }) => ({ name, args }))).toEqual([{ name: 'get_weather', args: { city } }]);
      const parts = calls.map(({ id, name }) => ({
        functionResponse: { id: id ?? '', name: name ?? '', response: { output: `sunny in ${city}` } },
      }));
      expect((await ask(parts)).text).toContain(`sunny in ${city}`);
    }
    expect(chat.getHistory(true).map(({ role }) => role)).toContain('model');
  });

  it('counts tokens', async () => {
    const { totalTokens } = await clientWith().models.countTokens({ model, contents: 'How many tokens is this?' });
    expect(totalTokens).toBeGreaterThan(3);
  });
});

it.each(['stub', 'openai/text-embedding-3-small'])('embeds texts by %s', async (model) => {
  const { embeddings = [] } = await clientWith().models.embedContent({ model, contents: ['a', 'b'] });
  expect(embeddings.map(({ values = [] }) => values.length > 1)).toEqual([true, true]);
});

it.each(['', '/', '/v1', '/v1beta'])('works with a base URL that ends in "%s"', async (end) => {
  const client = clientWith(gatewayUrl + end);
  const { text } = await client.models.generateContent({ model: 'stub/stub', contents: 'Hi' });
  expect(text).toBe('Stub reply to: Hi');
});

it('lists models page by page, and describes one', async () => {
  const client = clientWith(gatewayUrl, await createKey(gatewayUrl, { allowedModels }));
  const names: string[] = [];
  for await (const { name } of await client.models.list({ config: { pageSize: 3 } })) names.push(name ?? '');
  expect(names.sort()).toEqual(allowedModels.map((id) => `models/${id}`).sort());
  expect(await client.models.get({ model: 'openai/gpt-4o-mini' })).toMatchObject({
    name: 'models/gpt-4o-mini',
    inputTokenLimit: 128_000,
    supportedActions: ['generateContent', 'countTokens'],
  });
  await expect(client.models.get({ model: 'claude-opus-4-1' })).rejects.toMatchObject({ status: 404 });
});

it('raises its own errors', async () => {
  const error = await clientWith(gatewayUrl, 'unknown')
    .models.generateContent({ model: 'stub', contents: 'Hi' })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 401, message: expect.stringContaining('"status":"UNAUTHENTICATED"') });
});
