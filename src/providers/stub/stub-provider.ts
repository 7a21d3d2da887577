import { createOpenAiProvider } from '../openai/openai-provider.ts';
import type { Provider, ProviderOptions } from '../provider.ts';
import { stubFetch } from './stub-fetch.ts';

/**
 * A provider that needs no network and no key: OpenAI's protocol, spoken in process. Everything but the answering end
 * is what OpenAI's own calls go through.
 */
export function createStubProvider(options: ProviderOptions): Provider {
  return createOpenAiProvider({ ...options, fetch: stubFetch });
}
