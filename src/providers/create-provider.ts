import { createAnthropicProvider } from './anthropic/anthropic-provider.ts';
import type { WireProtocol } from './descriptor.ts';
import { createOllamaProvider } from './ollama/ollama-provider.ts';
import { createOpenAiProvider } from './openai/openai-provider.ts';
import type { Provider, ProviderOptions } from './provider.ts';
import { createStubProvider } from './stub/stub-provider.ts';

/** One entry for each wire protocol. */
const factories: Readonly<Record<WireProtocol, (options: ProviderOptions) => Provider>> = {
  openai: createOpenAiProvider,
  anthropic: createAnthropicProvider,
  ollama: createOllamaProvider,
  stub: createStubProvider,
};

/** Creates the provider of a vendor. Nothing is loaded or sent before its first call. */
export function createProvider(options: ProviderOptions): Provider {
  const { descriptor, baseUrl, apiKey = null, isByok = false } = options;
  const account = JSON.stringify([descriptor.id, baseUrl, apiKey, isByok]);
  return { ...factories[descriptor.protocol](options), hashAccount: (hash) => hash(account) };
}
