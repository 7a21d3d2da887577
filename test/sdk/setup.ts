import type { TestProject } from 'vitest/node';
import { startDevGateway } from '../examples/dev-gateway.ts';
import { providerKeys } from '../support/provider-server/known-models.ts';
import { startProviderServer } from '../support/provider-server/provider-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `npm run dev`, where every provider answers. */
    gatewayUrl: string;
  }
}

/** How long the gateway waits for a whole reply: long enough for a provider that answers, on a busy machine. */
const totalTimeoutMs = 15_000;

/** Starts `npm run dev` once for all tests of a project, before a server that plays the providers. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const providers = await startProviderServer({ models: ['acme-large'] });
  const acme = { name: 'acme', baseUrl: providers.openAiBaseUrl, apiKeyVar: 'ACME_API_KEY', models: ['acme-large'] };
  const gateway = await startDevGateway({
    OPENAI_API_KEY: providerKeys.openai,
    OPENAI_BASE_URL: providers.openAiBaseUrl,
    ANTHROPIC_API_KEY: providerKeys.anthropic,
    ANTHROPIC_BASE_URL: providers.anthropicBaseUrl,
    OLLAMA_URL: providers.ollamaUrl,
    COMPATIBLE_PROVIDERS: JSON.stringify([acme]),
    ACME_API_KEY: providerKeys.openai,
    LOG_LEVEL: 'error',
    TOTAL_TIMEOUT_MS: String(totalTimeoutMs),
  }).catch(async (error: unknown) => {
    await providers.close();
    throw error;
  });
  project.provide('gatewayUrl', gateway.url);
  project.provide('providerUrl', providers.url);
  return async () => {
    await gateway.stop();
    await providers.close();
  };
}
