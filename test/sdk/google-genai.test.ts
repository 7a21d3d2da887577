import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { methodCases } from './google-genai-method-cases.ts';
import { createKey } from './keys.ts';
import { providers as allProviders, plainProvider } from './matrix-case.ts';
import { Outcomes } from './outcomes.ts';

const gatewayUrl = inject('gatewayUrl');
const allowedModels = ['gpt-4o-mini', 'claude-haiku-4-5', 'acme-large', 'stub'];
const providers = [...allProviders, plainProvider];
const outcomes = new Outcomes(
  '@google/genai',
  methodCases.map(({ name }) => name),
  providers.map(({ name }) => name),
);

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

let apiKey: string;
beforeAll(async () => {
  apiKey = await createKey(gatewayUrl, {});
});

const clientWith = (baseUrl = gatewayUrl, key = apiKey) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl } });

describe.each(providers)('on $name', (provider) => {
  it.each(methodCases)('$name', async ({ name, run }) => {
    const place = { row: name, column: provider.name };
    outcomes.note(place, '✗');
    await run(clientWith(), provider);
    outcomes.note(place, name === 'embedContent' && provider.embeddingModel === undefined ? '–' : '✓');
  });
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
