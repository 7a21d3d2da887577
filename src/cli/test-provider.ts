import { StartError } from '../dev/start-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import { createProvider } from '../providers/create-provider.ts';
import { combineDescriptors } from '../providers/create-registry.ts';
import type { ProviderDescriptor } from '../providers/descriptor.ts';
import { compatibleProvidersSchema } from '../providers/parse-compatible-providers.ts';
import type { Provider } from '../providers/provider.ts';
import { getSetting, isConfigured, readConnection } from '../providers/provider-settings.ts';
import { explainProviderFailure } from './explain-provider-failure.ts';
import { provideScheduler } from './provide-scheduler.ts';

interface TestOptions {
  /** The Worker's variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The model of the request. Absent: the models are listed, or else the provider's default model is asked. */
  readonly model?: string | undefined;
  /** The runtime's where it is absent. */
  readonly fetch?: typeof fetch;
}

const timeoutMs = 20_000;
const maxExamples = 5;

/**
 * Sends one cheap request to a provider: for the list of its models, or for a few tokens. Resolves with what worked. Throws a StartError
 * that says what to fix: which variable to set, and what is wrong with the one that is set.
 */
export async function testProvider(name: string, { variables, model, fetch }: TestOptions): Promise<string> {
  const descriptor = findDescriptor(name, variables);
  const { DEFAULT_PROVIDER: defaultProvider } = variables;
  const { baseUrl, apiKeys } = readConnection(descriptor, variables);
  if (baseUrl === undefined || !isConfigured(descriptor, { variables, defaultProvider, local: true })) {
    throw new StartError(`${descriptor.id} is not configured: set ${getSetting(descriptor, variables)}.`);
  }
  provideScheduler();
  const keys = apiKeys.length > 0 ? apiKeys : [undefined];
  const outcomes: string[] = [];
  for (const [index, apiKey] of keys.entries()) {
    const suffix = keys.length > 1 ? ` with key ${index + 1} of ${keys.length}` : '';
    outcomes.push(
      await testKey(createProvider({ descriptor, baseUrl, apiKey, fetch }), { descriptor, baseUrl, model, suffix }),
    );
  }
  return outcomes.join('\n');
}

interface KeyTest {
  readonly descriptor: ProviderDescriptor;
  readonly baseUrl: string;
  readonly model: string | undefined;
  /** Says which of several API keys it is. */
  readonly suffix: string;
}

async function testKey(provider: Provider, { descriptor, baseUrl, model, suffix }: KeyTest): Promise<string> {
  const startedAtMs = Date.now();
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const outcome = await sendCheapRequest(provider, { model, signal });
    return `${descriptor.id} works${suffix}: ${outcome} after ${Date.now() - startedAtMs} ms (${baseUrl}).`;
  } catch (error) {
    if (error instanceof StartError) throw error;
    const isNamed = error instanceof GatewayError || (error instanceof Error && error.name === 'TimeoutError');
    if (!isNamed) throw error;
    throw new StartError(
      explainProviderFailure(error, { descriptor, baseUrl, timeoutMs }) + (suffix && ` It failed${suffix}.`),
    );
  }
}

function findDescriptor(name: string, variables: TestOptions['variables']): ProviderDescriptor {
  const descriptors = combineDescriptors(compatibleProvidersSchema.parse(variables.COMPATIBLE_PROVIDERS ?? '[]'));
  const descriptor = findProvider(descriptors, name);
  if (descriptor) return descriptor;
  throw new StartError(`There is no provider "${name}": use one of ${descriptors.map(({ id }) => id).join(', ')}.`);
}

async function sendCheapRequest(
  provider: Provider,
  { model, signal }: { readonly model: string | undefined; readonly signal: AbortSignal },
): Promise<string> {
  if (model === undefined && provider.listModels) {
    const names = await provider.listModels(signal);
    if (names.length === 0) return 'it answered with an empty list of models';
    return `it lists ${names.length} models, such as ${names.slice(0, maxExamples).join(', ')},`;
  }
  const requested = model ?? provider.defaultModel;
  if (requested === undefined) {
    throw new StartError(`${provider.id} lists no models and has no default: name a model with --model MODEL.`);
  }
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] as const;
  // Models that reason refuse a maximum of one token.
  const response = await provider.send({ model: requested, messages, maxTokens: 16 }, { stream: false, signal });
  const { usage } = provider.decodeResponse(await response.text());
  return `${requested} answered, ${usage?.input ?? 'unknown'} tokens in and ${usage?.output ?? 'unknown'} out,`;
}
