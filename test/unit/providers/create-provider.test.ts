import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/domain/request.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import type { ProviderOptions } from '../../../src/providers/provider.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const { signal } = new AbortController();
const tools = [{ name: 'f', parameters: {} }];
const request: ChatRequest = {
  model: 'lumen-1',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
};

/** A second vendor that speaks the protocol of a built-in one. */
function lumen(id: string, changes: Partial<ProviderOptions> = {}) {
  const names = { id: 'lumen', displayName: 'Lumen', defaultModel: 'lumen-1', pricingVendor: 'lumen' };
  const options = providerOptions({ ...getDescriptor(id), ...names }, { baseUrl: 'https://lumen.example', ...changes });
  return createProvider(options);
}

const protocols = ['openai', 'claude', 'ollama'];

describe.each([...protocols, 'stub'])('a vendor that speaks the protocol of %s', (id) => {
  it('is what its descriptor says', () => {
    expect(lumen(id)).toMatchObject({
      id: 'lumen',
      name: 'Lumen',
      defaultModel: 'lumen-1',
      pricingVendor: 'lumen',
    });
  });

  it('has its own name in the errors of its replies', () => {
    const provider = lumen(id);
    expect(() => provider.decodeResponse('?')).toThrow('Lumen sent a reply that cannot be read: it is not JSON.');
    expect(() => provider.createDecoder().end([])).toThrow('Lumen cut the stream off before its end.');
  });
});

it.each(protocols)('names the vendor where its connection fails (%s)', async (id) => {
  const provider = lumen(id, { fetch: () => Promise.reject(new TypeError('refused')) });
  const sending = provider.forward?.({ path: '/x', body: '{}' }, { stream: false, signal });
  await expect(sending).rejects.toThrow('Lumen could not be reached.');
});

it.each(protocols)('names the vendor where it fails (%s)', async (id) => {
  const provider = lumen(id, { fetch: async () => new Response('', { status: 500 }) });
  const sending = provider.forward?.({ path: '/x', body: '{}' }, { stream: false, signal });
  await expect(sending).rejects.toThrow('Lumen failed (status 500).');
});

it.each<[string, Partial<ChatRequest>, string]>([
  ['openai', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop: can hold at most 4 sequences for Lumen.'],
  ['claude', { temperature: 2 }, 'temperature: must be between 0 and 1 for Lumen.'],
  ['claude', { seed: 1 }, 'seed: is not offered by Lumen: leave it out.'],
  ['claude', { stop: [' '] }, 'stop: must hold more than white space in each sequence for Lumen.'],
  ['ollama', { tools, toolChoice: 'required' }, 'tool_choice: can only be auto or none for Lumen.'],
])('names the vendor that cannot express a request (%s, %j)', async (id, changes, message) => {
  const sending = lumen(id).send({ ...request, ...changes }, { stream: false, signal });
  await expect(sending).rejects.toMatchObject({ code: 'invalid_request', message });
});

it.each([
  ['a Claude model', 'claude-opus-4-1', 32_000],
  ['a Claude model that is not known', 'claude-next', 8_192],
  ["another vendor's model", 'lumen-1', 8_192],
])('bounds the reply of %s where the request does not', async (_, model, maxTokens) => {
  const sent: unknown[] = [];
  const fetch: ProviderOptions['fetch'] = async (_url, init) => {
    sent.push(JSON.parse(String(init?.body)).max_tokens);
    return new Response('{}');
  };
  await lumen('claude', { apiKey: 'key', fetch }).send({ ...request, model }, { stream: false, signal });
  expect(sent).toEqual([maxTokens]);
});
