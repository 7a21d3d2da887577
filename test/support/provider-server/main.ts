import { parseArgs } from 'node:util';
import { providerKeys } from './known-models.ts';
import { startProviderServer } from './provider-server.ts';

// node test/support/provider-server/main.ts --port 9090: plays the providers for a gateway that runs beside it.
const { values } = parseArgs({ options: { port: { type: 'string', default: '9090' } } });
const server = await startProviderServer({ port: Number(values.port) });

console.log(`Playing the providers on ${server.url}. Start the gateway with:
  OPENAI_BASE_URL=${server.openAiBaseUrl} OPENAI_API_KEY=${providerKeys.openai} \\
  ANTHROPIC_BASE_URL=${server.anthropicBaseUrl} ANTHROPIC_API_KEY=${providerKeys.anthropic} \\
  OLLAMA_URL=${server.ollamaUrl} npm run dev`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
