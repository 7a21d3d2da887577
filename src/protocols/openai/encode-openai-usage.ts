import type { TokenUsage } from '../../domain/response.ts';
import type { ChatUsage } from './openai-chat-api-types.ts';

/**
 * Token counts in OpenAI's terms, which are the gateway's own: cached tokens are part of the prompt's, reasoning is part
 * of the completion's. An unknown count is absent, and so is the whole object if no count is known.
 */
export function encodeOpenAiUsage({
  input,
  output,
  cacheRead,
  cacheWrite,
  reasoning,
}: TokenUsage): ChatUsage | undefined {
  if (input === undefined && output === undefined) return undefined;
  return {
    ...(input !== undefined && { prompt_tokens: input }),
    ...(output !== undefined && { completion_tokens: output }),
    ...(input !== undefined && output !== undefined && { total_tokens: input + output }),
    ...((cacheRead ?? cacheWrite) !== undefined && {
      prompt_tokens_details: {
        ...(cacheRead !== undefined && { cached_tokens: cacheRead }),
        ...(cacheWrite !== undefined && { cache_write_tokens: cacheWrite }),
      },
    }),
    ...(reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
