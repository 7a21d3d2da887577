import { getClaudeMaxOutputTokens } from './anthropic/anthropic-max-output-tokens.ts';
import { describeVendor } from './catalog/describe-vendor.ts';
import { modelHosts } from './catalog/model-hosts.ts';
import { modelMakers } from './catalog/model-makers.ts';
import { selfHostedServers } from './catalog/self-hosted-servers.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import { getOpenAiMaxOutputTokens } from './openai/openai-max-output-tokens.ts';
import { getOpenAiReasoningEfforts } from './openai/openai-reasoning-efforts.ts';

/** The vendors that this build knows, in the order in which they are listed and in which models are looked up. */
export const builtInProviders: readonly ProviderDescriptor[] = [
  {
    id: 'openai',
    aliases: [],
    displayName: 'OpenAI',
    type: 'OPENAI',
    protocol: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlVariable: 'OPENAI_BASE_URL',
    apiKeyVariables: ['OPENAI_API_KEY'],
    takesApiKey: true,
    modelPatterns: [
      /^(gpt-|chatgpt-|o\d|text-embedding-|omni-moderation-|text-moderation-|dall-e-|davinci-002|babbage-002)/,
      // Vendors of open models have names such as `whisper-large-v3`.
      /^(whisper-1|tts-1|tts-1-hd)(-\d+)?$/,
    ],
    defaultModel: 'gpt-4o-mini',
    pricingVendor: 'openai',
    getMaxOutputTokens: getOpenAiMaxOutputTokens,
    getReasoningEfforts: getOpenAiReasoningEfforts,
    quirks: {
      // The reasoning models: o1, o3-mini, gpt-5 and later, also fine-tuned.
      maxCompletionTokensModels: /^(?:ft:)?(?:o\d|gpt-(?:[5-9]|1\d)(?!\d))/,
      // `user` is left to accounts that used it before.
      userIdField: 'safety_identifier',
      // Source: OpenAI's API reference, `stop`.
      maxStopSequences: 4,
      hasFixedSampling: true,
      hasResponses: true,
    },
  },
  {
    id: 'claude',
    aliases: ['anthropic'],
    displayName: 'Claude',
    type: 'ANTHROPIC',
    protocol: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    apiKeyVariables: ['ANTHROPIC_API_KEY'],
    takesApiKey: true,
    modelPatterns: [/^claude-/],
    defaultModel: 'claude-haiku-4-5',
    pricingVendor: 'anthropic',
    getMaxOutputTokens: (model) => (model.startsWith('claude') ? getClaudeMaxOutputTokens(model) : undefined),
  },
  {
    id: 'ollama',
    aliases: [],
    displayName: 'Ollama',
    type: 'OLLAMA',
    protocol: 'ollama',
    baseUrlVariable: 'OLLAMA_URL',
    apiKeyVariables: [],
    takesApiKey: false,
    modelPatterns: [],
    defaultModel: 'llama3.2',
    pricingVendor: null,
  },
  {
    id: 'stub',
    aliases: [],
    displayName: 'Stub',
    type: 'STUB',
    protocol: 'stub',
    baseUrl: 'http://stub.invalid/v1',
    apiKeyVariables: [],
    takesApiKey: false,
    isLocalDefault: true,
    hasModelList: false,
    modelPatterns: [/^stub/],
    defaultModel: 'stub',
    pricingVendor: null,
    quirks: {
      // Its reply does not depend on sampling parameters.
      hasTopK: true,
      isTextOnly: true,
      hasResponses: false,
    },
  },
  ...[...modelMakers, ...modelHosts, ...selfHostedServers].map(describeVendor),
];
