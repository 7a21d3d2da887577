import { devKey } from '../domain/dev-key.ts';
import { findProvider } from '../domain/find-provider.ts';
import { combineDescriptors } from '../providers/create-registry.ts';
import { compatibleProvidersSchema } from '../providers/parse-compatible-providers.ts';
import { getSetting, isConfigured } from '../providers/provider-settings.ts';
import { getPublicUrl, isLoopback } from './api-address.ts';
import type { Settings } from './dev-settings.ts';

/** Prints one line of progress. */
export function logStep(line: string): void {
  console.log(`  ✓ ${line}`);
}

/** Prints the addresses of the stack, its providers, and a command to try. */
export function printBanner(settings: Settings, seeded: boolean, startedAtMs: number): void {
  const { host, port, variables } = settings;
  const url = getPublicUrl(host, port);
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  const apiKey = seeded ? devKey : 'YOUR_API_KEY';
  const consoleLine =
    variables.ENABLE_CONSOLE === 'false' ? '' : `  ${url}/console      what happens, and the settings\n`;
  const playground = variables.ENABLE_PLAYGROUND === 'false' ? '' : `  ${url}/playground   GraphQL\n`;
  console.log(`
Ready after ${seconds} s. Ctrl-C stops it.

  ${url}/             overview
${consoleLine}${playground}  ${url}/docs         every REST route
  ${url}/health       200 if the Worker runs
  ${url}/ready        200 if Postgres and Redis answer, too

  OpenAI clients:     base URL ${url}/v1, API key ${apiKey}
  Anthropic clients:  base URL ${url}, API key ${apiKey}

${describeProviders(variables).join('\n')}

Try it:

  curl -X POST ${url}/api/chat/completions \\
    -H "X-API-Key: ${apiKey}" \\
    -H "Content-Type: application/json" \\
    -d '{
      "prompt": "What is a REST API?",
      "provider": "stub"
    }'
`);
  if (!seeded) {
    console.log(`DATABASE_URL points to another machine, so the public key ${devKey} was not created there.\n`);
  }
  if (seeded && !isLoopback(host)) {
    console.log(`API_HOST is ${host}: everyone who reaches this machine can use the key ${devKey}, which is public.\n`);
  }
}

/** Returns lines that name the configured providers, how to add the others, and a default that cannot answer. */
function describeProviders(variables: Settings['variables']): string[] {
  const { DEFAULT_PROVIDER: defaultProvider, COMPATIBLE_PROVIDERS: compatible = '[]' } = variables;
  const descriptors = combineDescriptors(compatibleProvidersSchema.parse(compatible));
  const providers = Map.groupBy(descriptors, (provider) =>
    isConfigured(provider, { variables, defaultProvider, local: true }),
  );
  const lines = [
    `Providers: ${providers
      .get(true)
      ?.map(({ id }) => id)
      .join(', ')}.`,
  ];
  const missing = providers.get(false) ?? [];
  const unset = missing.filter(({ isOptional }) => !isOptional);
  if (unset.length > 0) {
    const settings = unset.map((provider) => `${provider.id} (${getSetting(provider, variables)})`).join(', ');
    lines.push(`To add ${settings}: copy .env.example to .env, set the variable, and start again.`);
  }
  lines.push('Groq, Mistral, DeepSeek and other vendors need a variable each: see docs/reference/providers.md.');
  const fallback = findProvider(missing, defaultProvider ?? '');
  if (fallback) {
    lines.push(
      `DEFAULT_PROVIDER is ${defaultProvider}, which is not configured: set ${getSetting(fallback, variables)}.`,
    );
  }
  return lines;
}
