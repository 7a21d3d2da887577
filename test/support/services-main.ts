/**
 * Runs the engines, the server that plays the providers and the server that receives webhooks in a separate Node process,
 * without the module resolution of a Worker: `node services-main.ts embedded|real`. Prints one line of JSON, and stops when
 * its input ends.
 */
import { randomBytes } from 'node:crypto';
import { startEngines } from './engines.ts';
import { providerKeys } from './provider-server/known-models.ts';
import { startProviderThread } from './provider-thread.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const kind = process.argv[2] === 'real' ? 'real' : 'embedded';
const [engines, providers, receiver] = await Promise.all([
  startEngines(kind),
  startProviderThread(),
  startWebhookReceiver(),
]);

const variables: Record<string, string> = {
  ...engines.variables,
  ENVIRONMENT: 'local',
  RESPONSE_RETENTION_DAYS: '30',
  LOG_LEVEL: 'error',
  OPENAI_API_KEY: providerKeys.openai,
  OPENAI_BASE_URL: providers.openAiBaseUrl,
  ANTHROPIC_API_KEY: providerKeys.anthropic,
  ANTHROPIC_BASE_URL: providers.anthropicBaseUrl,
  OLLAMA_URL: providers.ollamaUrl,
  // Without a key: only tenants that have their own can use it.
  GROQ_BASE_URL: providers.openAiBaseUrl,
  COMPATIBLE_PROVIDERS: JSON.stringify([
    { name: 'acme', baseUrl: providers.openAiBaseUrl, apiKeyVar: 'ACME_API_KEY', models: ['acme-large'] },
    // Has no Responses.
    {
      name: 'plain',
      baseUrl: providers.openAiBaseUrl,
      apiKeyVar: 'ACME_API_KEY',
      models: ['plain-large'],
      responses: false,
    },
  ]),
  ACME_API_KEY: providerKeys.openai,
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  // Short enough for the tests of silent providers, and long enough for a reply on a busy machine.
  FIRST_BYTE_TIMEOUT_MS: '6000',
  CHUNK_TIMEOUT_MS: '3000',
  TOTAL_TIMEOUT_MS: '15000',
};

console.log(JSON.stringify({ variables, providerUrl: providers.url, receiverUrl: receiver.url }));
process.stdin.resume().on('end', async () => {
  await Promise.all([engines.stop(), providers.close(), receiver.close()]);
  process.exit();
});
