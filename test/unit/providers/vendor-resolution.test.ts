import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { parseEnv } from '../../../src/env.ts';
import { builtInProviders } from '../../../src/providers/catalog.ts';
import type { OwnKeys, ProviderRegistry } from '../../../src/providers/registry.ts';
import { createServices } from '../../../src/services.ts';
import { requiredVariables } from '../../support/required-variables.ts';

interface Configuration {
  readonly registry: ProviderRegistry;
  readonly ownKeys: OwnKeys;
}

function configure(variables: Record<string, string>, ownKeys: readonly string[] = []): Configuration {
  const { registry } = createServices(parseEnv({ ...requiredVariables, ...variables })).gateway;
  return { registry, ownKeys: ownKeys.map((provider) => ({ provider })) };
}

const vendors = builtInProviders.filter(({ isOptional }) => isOptional);
const everyVendor = Object.fromEntries(
  vendors.flatMap(({ baseUrl, baseUrlVariable = '', apiKeyVariables: [keyVariable] }) => [
    ...(keyVariable === undefined ? [] : [[keyVariable, 'vendor-key']]),
    ...(baseUrl === undefined ? [[baseUrlVariable, 'https://vendor.example.com/openai/v1']] : []),
  ]),
);
const OPENAI_API_KEY = 'sk-openai';
const compatible = [
  {
    name: 'groq',
    baseUrl: 'https://groq.example.com/v1',
    models: ['llama-3.3-70b-versatile', 'openai/gpt-oss-120b', 'gpt-oss-20b'],
  },
  { name: 'mistral', baseUrl: 'https://mistral.example.com/v1' },
];

const configurations = [
  /* none */ configure({}),
  /* every */ configure({ OPENAI_API_KEY, ...everyVendor }),
  /* default */ configure({
    ...{ GROQ_API_KEY: 'key', MISTRAL_API_KEY: 'key', OPENROUTER_API_KEY: 'key', DEFAULT_PROVIDER: 'openrouter' },
  }),
  /* compatible */ configure({ OPENAI_API_KEY, COMPATIBLE_PROVIDERS: JSON.stringify(compatible) }),
  /* tenant */ configure({ OPENAI_API_KEY }, ['groq', 'deepseek', 'gemini', 'azure-openai', 'vllm']),
];

/** The provider's id, followed by the model where that is not the name in the call; or what the refusal comes to. */
function resolve({ registry, ownKeys }: Configuration, name: string): string {
  try {
    const target = registry.parseModel(name, { providerKeys: ownKeys });
    const { id, provider, withKey } = registry.choose(target, { ownKeys });
    if (!provider && !(withKey && ownKeys.some((key) => key.provider === id))) {
      throw new GatewayError('internal', `${id} cannot answer`);
    }
    return target.model === name ? id : `${id} ${target.model}`;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === 'not_found') return 'unknown';
    return error.message.replace(/^provider "[\w-]+" is not configured: (.*), or name another provider\.$/, '$1');
  }
}

const noOpenAi = 'openai cannot answer';
type Outcomes = readonly [none: string, every: string, byDefault: string, compatible: string, tenant: string];

const names: readonly (readonly [name: string, ...Outcomes])[] = [
  ['gpt-4o', noOpenAi, 'openai', noOpenAi, 'openai', 'openai'],
  ['openai/gpt-4o', `${noOpenAi}`, 'openai gpt-4o', noOpenAi, 'openai gpt-4o', 'openai gpt-4o'],
  ['gpt-oss-20b', noOpenAi, 'openai', noOpenAi, 'groq', 'openai'],
  ['openai/gpt-oss-120b', noOpenAi, 'openai gpt-oss-120b', noOpenAi, 'groq', 'openai gpt-oss-120b'],
  ['mistral-large-latest', 'set MISTRAL_API_KEY', 'mistral', 'openrouter', 'mistral', 'set MISTRAL_API_KEY'],
  ['ministral-8b-latest', 'set MISTRAL_API_KEY', 'mistral', 'openrouter', 'mistral', 'set MISTRAL_API_KEY'],
  ['codestral-latest', 'set MISTRAL_API_KEY', 'mistral', 'openrouter', 'mistral', 'set MISTRAL_API_KEY'],
  ['open-mixtral-8x7b', 'set MISTRAL_API_KEY', 'mistral', 'openrouter', 'mistral', 'set MISTRAL_API_KEY'],
  ['mistral', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
  ['deepseek-chat', 'set DEEPSEEK_API_KEY', 'deepseek', 'openrouter', 'set DEEPSEEK_API_KEY', 'deepseek'],
  ['deepseek-v4-pro', 'set DEEPSEEK_API_KEY', 'deepseek', 'openrouter', 'set DEEPSEEK_API_KEY', 'deepseek'],
  ['deepseek-coder-6.7b', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
  ['grok-4.3', 'set XAI_API_KEY', 'xai', 'openrouter', 'set XAI_API_KEY', 'set XAI_API_KEY'],
  ['kimi-k2.6', 'set MOONSHOT_API_KEY', 'moonshot', 'openrouter', 'set MOONSHOT_API_KEY', 'set MOONSHOT_API_KEY'],
  ['moonshot-v1-8k', 'set MOONSHOT_API_KEY', 'moonshot', 'openrouter', 'set MOONSHOT_API_KEY', 'set MOONSHOT_API_KEY'],
  ['glm-5', 'set ZAI_API_KEY', 'zai', 'openrouter', 'set ZAI_API_KEY', 'set ZAI_API_KEY'],
  ['MiniMax-M3', 'set MINIMAX_API_KEY', 'minimax', 'openrouter', 'set MINIMAX_API_KEY', 'set MINIMAX_API_KEY'],
  ['minimax-m3', 'set MINIMAX_API_KEY', 'minimax', 'openrouter', 'set MINIMAX_API_KEY', 'set MINIMAX_API_KEY'],
  ['qwen3-max', 'set ALIBABA_API_KEY', 'alibaba', 'openrouter', 'set ALIBABA_API_KEY', 'set ALIBABA_API_KEY'],
  ['qwq-plus', 'set ALIBABA_API_KEY', 'alibaba', 'openrouter', 'set ALIBABA_API_KEY', 'set ALIBABA_API_KEY'],
  ['gemini-3.5-flash', 'set GEMINI_API_KEY', 'gemini', 'openrouter', 'set GEMINI_API_KEY', 'gemini'],
  ['gemma-4-31b-it', 'set GEMINI_API_KEY', 'gemini', 'openrouter', 'set GEMINI_API_KEY', 'gemini'],
  ['sonar', 'set PERPLEXITY_API_KEY', 'perplexity', 'openrouter', 'set PERPLEXITY_API_KEY', 'set PERPLEXITY_API_KEY'],
  [
    'sonar-pro',
    'set PERPLEXITY_API_KEY',
    'perplexity',
    'openrouter',
    'set PERPLEXITY_API_KEY',
    'set PERPLEXITY_API_KEY',
  ],
  ['sonarqube', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
  ['llama-3.3-70b-versatile', 'unknown', 'unknown', 'openrouter', 'groq', 'unknown'],
  ['meta-llama/llama-4-scout', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
  [
    'groq/llama-3.3-70b-versatile',
    'set GROQ_API_KEY',
    'groq llama-3.3-70b-versatile',
    'groq llama-3.3-70b-versatile',
    'groq llama-3.3-70b-versatile',
    'groq llama-3.3-70b-versatile',
  ],
  [
    'groq/openai/gpt-oss-120b',
    'set GROQ_API_KEY',
    'groq openai/gpt-oss-120b',
    'groq openai/gpt-oss-120b',
    'groq openai/gpt-oss-120b',
    'groq openai/gpt-oss-120b',
  ],
  [
    'mistral/ft:open-mistral-7b:x',
    'set MISTRAL_API_KEY',
    'mistral ft:open-mistral-7b:x',
    'mistral ft:open-mistral-7b:x',
    'mistral ft:open-mistral-7b:x',
    'set MISTRAL_API_KEY',
  ],
  [
    'deepseek/deepseek-chat',
    'set DEEPSEEK_API_KEY',
    'deepseek deepseek-chat',
    'openrouter',
    'set DEEPSEEK_API_KEY',
    'deepseek deepseek-chat',
  ],
  [
    'openrouter/deepseek/deepseek-chat',
    'set OPENROUTER_API_KEY',
    'openrouter deepseek/deepseek-chat',
    'openrouter deepseek/deepseek-chat',
    'set OPENROUTER_API_KEY',
    'set OPENROUTER_API_KEY',
  ],
  [
    'together/meta-llama/Llama-3',
    'set TOGETHER_API_KEY',
    'together meta-llama/Llama-3',
    'openrouter',
    'set TOGETHER_API_KEY',
    'set TOGETHER_API_KEY',
  ],
  [
    'huggingface/openai/gpt-oss-20b:groq',
    'set HUGGINGFACE_API_KEY',
    'huggingface openai/gpt-oss-20b:groq',
    'openrouter',
    'set HUGGINGFACE_API_KEY',
    'set HUGGINGFACE_API_KEY',
  ],
  [
    'azure-openai/my-deployment',
    'set AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL',
    'azure-openai my-deployment',
    'openrouter',
    'set AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL',
    'set AZURE_OPENAI_API_KEY and AZURE_OPENAI_BASE_URL',
  ],
  [
    'vllm/Qwen/Qwen3-8B',
    'set VLLM_BASE_URL',
    'vllm Qwen/Qwen3-8B',
    'openrouter',
    'set VLLM_BASE_URL',
    'set VLLM_BASE_URL',
  ],
  [
    'lmstudio/qwen3',
    'set LMSTUDIO_BASE_URL',
    'lmstudio qwen3',
    'openrouter',
    'set LMSTUDIO_BASE_URL',
    'set LMSTUDIO_BASE_URL',
  ],
  [
    'llamacpp/any',
    'set LLAMACPP_BASE_URL',
    'llamacpp any',
    'openrouter',
    'set LLAMACPP_BASE_URL',
    'set LLAMACPP_BASE_URL',
  ],
  ['google/gemini-3.5-flash', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
  ['Groq/llama', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
  ['groq', 'unknown', 'unknown', 'openrouter', 'unknown', 'unknown'],
];

describe('a model’s name', () => {
  it('is pinned for at least 40 names', () => expect(names.length).toBeGreaterThanOrEqual(40));

  it.each(names)('leads from %s to the same provider under each configuration', (name, ...outcomes) => {
    expect(configurations.map((configuration) => resolve(configuration, name))).toEqual(outcomes);
  });
});

it.each(vendors.map(({ id, apiKeyVariables }) => [id, apiKeyVariables] as const))(
  'vendor %s is configured by each of its variables, and can be the default',
  (id, apiKeyVariables) => {
    const baseUrl = { [`${id.toUpperCase().replaceAll('-', '_')}_BASE_URL`]: 'https://moved.example.com/v1' };
    const settings = apiKeyVariables.length === 0 ? [{}] : apiKeyVariables.map((name) => ({ [name]: 'vendor-key' }));
    for (const setting of settings) {
      const { registry } = configure({ ...baseUrl, ...setting, DEFAULT_PROVIDER: id });
      expect(registry.choose({ model: 'any-model' })).toMatchObject({ id, provider: { id } });
    }
  },
);
