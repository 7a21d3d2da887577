import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../src/domain/response.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import {
  compatibleProvidersSchema,
  describeCompatibleProvider,
} from '../../../src/providers/parse-compatible-providers.ts';
import { providerOptions } from '../../support/provider-options.ts';

function acme(changes: object = {}) {
  const entry = { name: 'acme', baseUrl: 'https://acme.example.com/v1', ...changes };
  const [provider] = compatibleProvidersSchema.parse(JSON.stringify([entry]));
  return describeCompatibleProvider(provider ?? expect.unreachable());
}

const withoutDone = new TextEncoder().encode(
  'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
);

describe('the descriptor of a compatible provider', () => {
  it('has its name for a price vendor, even a name that sounds like no price', () => {
    expect(acme({ name: 'free' })).toMatchObject({ id: 'free', displayName: 'free', pricingVendor: 'free' });
  });

  it('needs the key whose variable it names, and none without', () => {
    expect(acme({ apiKeyVar: 'ACME_KEY' }).apiKeyVariables).toEqual(['ACME_KEY']);
    expect(acme().apiKeyVariables).toEqual([]);
  });

  it('has the first of its models for a default', () => {
    expect(acme({ models: ['a', 'b'] })).toMatchObject({ models: ['a', 'b'], defaultModel: 'a' });
    expect(acme().defaultModel).toBeUndefined();
  });
});

describe('a compatible provider', () => {
  function readWithoutDone(changes: object) {
    const provider = createProvider(providerOptions(acme(changes)));
    const decoder = provider.createDecoder();
    const events: StreamEvent[] = [];
    decoder.push(withoutDone, events);
    return { provider, events, end: () => decoder.end(events) };
  }

  it('is asked for token counts, and may end its streams without [DONE], unless a flag says otherwise', () => {
    const { provider, events, end } = readWithoutDone({});
    end();
    expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'stop' });
    expect(provider.endpoints?.chat?.needsIncludeUsage).toBe(true);
  });

  it('takes both flags', () => {
    const { provider, end } = readWithoutDone({ includeUsage: false, requiresDone: true });
    expect(end).toThrow('acme cut the stream off before its end.');
    expect(provider.endpoints?.chat?.needsIncludeUsage).toBe(false);
  });
});
