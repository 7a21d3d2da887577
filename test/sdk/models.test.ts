import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, expect, inject, it } from 'vitest';
import { createKey } from './keys.ts';

const gatewayUrl = inject('gatewayUrl');
const allowedModels = ['gpt-4o-mini', 'gpt-4o', 'claude-haiku-4-5', 'claude-opus-4-5', 'stub', 'acme-large'];

let openAi: OpenAI;
let anthropic: Anthropic;
beforeAll(async () => {
  const apiKey = await createKey(gatewayUrl, { allowedModels });
  openAi = new OpenAI({ apiKey, baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey, baseURL: gatewayUrl, maxRetries: 0 });
});

it('the official clients list the same models over several pages', async () => {
  const ids: string[] = [];
  for await (const { id } of openAi.models.list()) ids.push(id);
  expect(ids.sort()).toEqual(allowedModels.toSorted());
  const paged: string[] = [];
  for await (const { id } of anthropic.models.list({ limit: 2 })) paged.push(id);
  expect(paged).toEqual(['claude-opus-4-5', 'claude-haiku-4-5', 'gpt-4o-mini', 'gpt-4o', 'acme-large', 'stub']);
});

it('the official clients retrieve a model by a name with a slash', async () => {
  expect(await openAi.models.retrieve('claude/claude-haiku-4-5')).toMatchObject({ id: 'claude-haiku-4-5' });
  expect(await anthropic.models.retrieve('openai/gpt-4o-mini')).toMatchObject({ display_name: 'GPT-4o mini' });
  await expect(openAi.models.retrieve('claude-opus-4-1')).rejects.toThrow(OpenAI.NotFoundError);
  await expect(anthropic.models.retrieve('claude-opus-4-1')).rejects.toThrow(Anthropic.NotFoundError);
});
