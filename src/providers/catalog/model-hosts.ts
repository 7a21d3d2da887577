import type { Vendor } from './describe-vendor.ts';

/**
 * Vendors that serve models of many makers: they are reached by their prefix (`groq/llama-3.3-70b-versatile`), for the names of
 * the models lead to their makers. Sources as in model-makers.ts.
 */
export const modelHosts: readonly Vendor[] = [
  {
    id: 'groq',
    displayName: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    quirks: { maxStopSequences: 4, hasResponses: true },
  },
  {
    id: 'openrouter',
    displayName: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    quirks: { hasTopK: true },
  },
  {
    id: 'together',
    displayName: 'Together AI',
    baseUrl: 'https://api.together.xyz/v1',
    privateModels: /-ft-|-[0-9a-f]{8}$/,
    quirks: { hasTopK: true, hasResponses: false },
  },
  {
    id: 'fireworks',
    displayName: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    privateModels: /^accounts\/(?!fireworks\/)/,
    quirks: { hasTopK: true, maxStopSequences: 4, hasResponses: true },
  },
  {
    id: 'cerebras',
    displayName: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    quirks: {
      refusedFields: { names: ['frequency_penalty', 'presence_penalty'] },
      temperatureRange: [0, 1.5],
      maxStopSequences: 4,
      hasResponses: false,
    },
  },
  {
    id: 'nvidia',
    displayName: 'NVIDIA',
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    quirks: { hasResponses: false },
  },
  {
    id: 'deepinfra',
    displayName: 'DeepInfra',
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    quirks: { hasTopK: true, hasResponses: false },
  },
  {
    id: 'nebius',
    displayName: 'Nebius',
    baseUrl: 'https://api.tokenfactory.nebius.com/v1',
    quirks: { hasTopK: true, hasResponses: false },
  },
  {
    id: 'huggingface',
    displayName: 'Hugging Face',
    baseUrl: 'https://router.huggingface.co/v1',
    otherApiKeyVariables: ['HF_TOKEN'],
  },
  {
    // Its models are deployments, whose names say nothing; the list has the models that could be deployed.
    id: 'azure-openai',
    displayName: 'Azure OpenAI',
    pricingVendor: 'azure',
    hasModelList: false,
    quirks: { maxCompletionTokensModels: /./, maxStopSequences: 4, hasResponses: true },
  },
];
