import type { Vendor } from './describe-vendor.ts';

/**
 * Vendors that serve models of their own, whose names lead to them. Sources, November 2026: excerpts of the vendors' documentation,
 * the provider packages of vercel/ai and BerriAI/litellm, and the error messages that users have reported. No vendor was called:
 * `npm run admin -- test-provider` does that with a key.
 */
export const modelMakers: readonly Vendor[] = [
  {
    id: 'mistral',
    displayName: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    modelPatterns: [/^(?:mistral|ministral|codestral|magistral|devstral|pixtral|voxtral|open-mi[sx]tral)-/],
    defaultModel: 'mistral-small-latest',
    quirks: {
      // Any field that it does not know is a 422, "Extra inputs are not permitted". It counts tokens without being asked.
      refusedFields: { names: ['user'] },
      includeUsage: false,
      seedField: 'random_seed',
      temperatureRange: [0, 1.5],
      toolCallIdLength: 9,
      requiresAssistantAfterTools: true,
      hasResponses: false,
    },
  },
  {
    id: 'deepseek',
    displayName: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    modelPatterns: [/^deepseek-(?:chat|reasoner|v\d)/],
    defaultModel: 'deepseek-chat',
    quirks: {
      requiresReasoningContent: true,
      maxStopSequences: 16,
      hasJsonSchema: false,
      // "tool_choice" other than auto is refused while the model thinks.
      autoToolChoiceModels: /^deepseek-(?:reasoner|v[4-9])/,
      hasResponses: false,
    },
  },
  {
    id: 'xai',
    displayName: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    modelPatterns: [/^grok-/],
    pricingVendor: 'x-ai',
    quirks: {
      refusedFields: {
        names: ['stop', 'frequency_penalty', 'presence_penalty'],
        models: /^grok-(?:3-mini|[4-9]|code|build)(?!.*non-reasoning)/,
      },
      maxStopSequences: 4,
      hasResponses: true,
    },
  },
  {
    id: 'moonshot',
    displayName: 'Moonshot AI',
    baseUrl: 'https://api.moonshot.ai/v1',
    modelPatterns: [/^(?:kimi|moonshot)-/],
    pricingVendor: 'moonshotai',
    quirks: {
      requiresReasoningContent: true,
      temperatureRange: [0, 1],
      maxStopSequences: 5,
      autoToolChoiceModels: /./,
      // These have fixed values for them, and refuse any other.
      refusedFields: {
        names: ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'],
        models: /^kimi-k(?:2\.[5-9]|[3-9])/,
      },
      hasResponses: false,
    },
  },
  {
    id: 'zai',
    displayName: 'Z.AI',
    baseUrl: 'https://api.z.ai/api/paas/v4',
    modelPatterns: [/^glm-/],
    quirks: {
      temperatureRange: [0, 1],
      maxStopSequences: 1,
      autoToolChoiceModels: /./,
      hasJsonSchema: false,
      hasResponses: false,
    },
  },
  {
    id: 'minimax',
    displayName: 'MiniMax',
    baseUrl: 'https://api.minimax.io/v1',
    modelPatterns: [/^(?:minimax-|abab)/i],
    quirks: { temperatureRange: [0.01, 1] },
  },
  {
    id: 'alibaba',
    displayName: 'Alibaba Cloud',
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    otherApiKeyVariables: ['DASHSCOPE_API_KEY'],
    modelPatterns: [/^(?:qwen|qwq|qvq)/],
    quirks: {
      hasTopK: true,
      temperatureRange: [0, 1.99],
      // Forced tools are refused in thinking mode.
      autoToolChoiceModels: /^(?:qwq|qvq|qwen3\.[5-9])|thinking/,
      hasResponses: false,
    },
  },
  {
    id: 'gemini',
    displayName: 'Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    otherApiKeyVariables: ['GOOGLE_API_KEY'],
    modelPatterns: [/^(?:gemini|gemma|learnlm)-/],
    defaultModel: 'gemini-flash-latest',
    pricingVendor: 'google',
    quirks: {
      // `Unknown name "frequency_penalty": Cannot find field.`
      refusedFields: { names: ['frequency_penalty', 'presence_penalty', 'seed', 'user'] },
      maxStopSequences: 5,
      // Before Gemini 3 a signature could be left out.
      thoughtSignatureModels: /gemini-(?![12][.-])/,
      hasResponses: false,
    },
  },
  {
    id: 'perplexity',
    displayName: 'Perplexity',
    baseUrl: 'https://api.perplexity.ai',
    modelPatterns: [/^(?:sonar(?:-|$)|r1-1776)/],
    defaultModel: 'sonar',
    hasModelList: false,
    quirks: {
      refusedFields: { names: ['stop', 'seed', 'user', 'parallel_tool_calls'] },
      // Each chunk counts the tokens up to it.
      includeUsage: false,
      hasTopK: true,
      temperatureRange: [0, 1.99],
      requiresAlternatingRoles: true,
      hasResponses: false,
    },
  },
];
