import { startDevGateway } from '../examples/dev-gateway.ts';
import { providerKeys } from '../support/provider-server/known-models.ts';
import { startProviderServer } from '../support/provider-server/provider-server.ts';

/** How long the gateway waits for a whole reply: long enough for a provider that answers, on a busy machine. */
const totalTimeoutMs = 15_000;

export interface GatewayWithProviders {
  readonly gatewayUrl: string;
  /** The server that plays the providers. */
  readonly providerUrl: string;
  stop(): Promise<void>;
}

/** Starts `npm run dev` in front of a server in the place of OpenAI, Claude, Ollama and compatible providers, `plain` without Responses. */
export async function startGatewayWithProviders(): Promise<GatewayWithProviders> {
  const providers = await startProviderServer({ models: ['acme-large', 'plain-large'] });
  const acme = { name: 'acme', baseUrl: providers.openAiBaseUrl, apiKeyVar: 'ACME_API_KEY', models: ['acme-large'] };
  const plain = { name: 'plain', baseUrl: providers.openAiBaseUrl, apiKeyVar: 'ACME_API_KEY', models: ['plain-large'] };
  const gateway = await startDevGateway({
    OPENAI_API_KEY: providerKeys.openai,
    OPENAI_BASE_URL: providers.openAiBaseUrl,
    ANTHROPIC_API_KEY: providerKeys.anthropic,
    ANTHROPIC_BASE_URL: providers.anthropicBaseUrl,
    OLLAMA_URL: providers.ollamaUrl,
    COMPATIBLE_PROVIDERS: JSON.stringify([acme, { ...plain, responses: false }]),
    ACME_API_KEY: providerKeys.openai,
    LOG_LEVEL: 'error',
    TOTAL_TIMEOUT_MS: String(totalTimeoutMs),
  }).catch(async (error: unknown) => {
    await providers.close();
    throw error;
  });
  return {
    gatewayUrl: gateway.url,
    providerUrl: providers.url,
    stop: async () => {
      await gateway.stop();
      await providers.close();
    },
  };
}
