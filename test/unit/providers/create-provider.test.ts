import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/domain/request.ts';
import { builtInProviders } from '../../../src/providers/catalog.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { providerOptions } from '../../support/provider-options.ts';

const { signal } = new AbortController();
const call: ChatRequest = { model: 'x', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] };
const stopped = {
  ...call,
  stop: [' '],
  temperature: 2,
  parallelToolCalls: false,
  tools: [{ name: 'f', parameters: {} }],
};

describe.each(builtInProviders.map(({ protocol }) => protocol))('a vendor that speaks the protocol %s', (protocol) => {
  const [descriptor] = builtInProviders.filter((one) => one.protocol === protocol);
  if (!descriptor) throw new Error(protocol);
  const options = providerOptions(
    { ...descriptor, id: 'lumen', displayName: 'Lumen', defaultModel: 'lumen-1', pricingVendor: 'lumen' },
    { baseUrl: 'https://lumen.example', apiKey: 'key', fetch: () => Promise.reject(new TypeError('refused')) },
  );
  const lumen = createProvider(options);

  it('is what its descriptor says', () => {
    expect(lumen).toMatchObject({ id: 'lumen', name: 'Lumen', defaultModel: 'lumen-1', pricingVendor: 'lumen' });
  });

  it('has its own name in the errors of its replies', () => {
    expect(() => lumen.decodeResponse('?')).toThrow('Lumen sent a reply that cannot be read: it is not JSON.');
    expect(() => lumen.createDecoder().end([])).toThrow('Lumen cut the stream off before its end.');
  });

  it.skipIf(protocol === 'stub')('has its own name in the errors of its connection', async () => {
    const sending = lumen.forward?.({ path: '/x', body: '{}' }, { stream: false, signal });
    await expect(sending).rejects.toThrow('Lumen could not be reached.');
  });

  it.skipIf(protocol === 'stub' || protocol === 'openai')('has its own name in its refusals', async () => {
    await expect(lumen.send(stopped, { stream: false, signal })).rejects.toThrow(/Lumen/);
  });
});
