import type { Target } from '../../gateway/gateway-request.ts';
import type { ParamFields } from '../apply-route.ts';

/** The fields of Chat Completions for the params of a route's target. */
export function createChatParamFields({ provider, model }: Target): ParamFields {
  const maxTokens = provider.getMaxTokensField?.(model) ?? 'max_tokens';
  return {
    temperature: { path: ['temperature'] },
    topP: { path: ['top_p'] },
    topK: { path: ['top_k'] },
    maxTokens: { path: [maxTokens], aliases: ['max_tokens', 'max_completion_tokens'] },
    stop: { path: ['stop'] },
    seed: { path: ['seed'] },
    frequencyPenalty: { path: ['frequency_penalty'] },
    presencePenalty: { path: ['presence_penalty'] },
    reasoningEffort: { path: ['reasoning_effort'], aliases: ['reasoning'] },
    parallelToolCalls: { path: ['parallel_tool_calls'] },
  };
}

/** The fields of the legacy Completions for the params of a route's target. */
export const completionsParamFields: ParamFields = {
  temperature: { path: ['temperature'] },
  topP: { path: ['top_p'] },
  topK: { path: ['top_k'] },
  maxTokens: { path: ['max_tokens'] },
  stop: { path: ['stop'] },
  seed: { path: ['seed'] },
  frequencyPenalty: { path: ['frequency_penalty'] },
  presencePenalty: { path: ['presence_penalty'] },
};

/** The fields of Responses for the params of a route's target. */
export const responsesParamFields: ParamFields = {
  temperature: { path: ['temperature'] },
  topP: { path: ['top_p'] },
  maxTokens: { path: ['max_output_tokens'] },
  reasoningEffort: { path: ['reasoning', 'effort'] },
  parallelToolCalls: { path: ['parallel_tool_calls'] },
};
