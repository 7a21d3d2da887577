import { createOpenAiProvider } from '../openai/openai-provider.ts';
import type { Provider } from '../provider.ts';
import { stubFetch } from './stub-fetch.ts';

/**
 * A provider that needs no network and no key: OpenAI's protocol, spoken in process. Everything but the answering end
 * is what OpenAI's own calls go through.
 */
export function createStubProvider(): Provider {
  return createOpenAiProvider({
    id: 'stub',
    name: 'Stub',
    type: 'STUB',
    baseUrl: 'http://stub.invalid/v1',
    apiKey: undefined,
    defaultModel: 'stub',
    fetch: stubFetch,
  });
}
