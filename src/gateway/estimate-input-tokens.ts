import type { ChatRequest } from '../domain/request.ts';
import type { UnmeasuredRequest } from './gateway-request.ts';
import { RequestMeasure } from './measure-request.ts';
import type { Prompt } from './read-prompt.ts';

type Chat = Omit<ChatRequest, 'model'>;

/** Returns the size of a chat request in the gateway's own types, its prompt unmeasured. */
export function readRequestSize(chat: Chat): UnmeasuredRequest {
  return { input: readChatPrompt(chat), maxOutput: chat.maxTokens, caches: marksCache(chat) };
}

/** Whether a part of the prompt may be marked for the provider's cache, by the route or by the client. */
function marksCache({ promptCache, messages, tools = [] }: Chat): boolean {
  if (promptCache === 'auto' || tools.some(({ cacheControl }) => cacheControl)) return true;
  return messages.some(({ content }) => content.some((part) => 'cacheControl' in part && part.cacheControl));
}

export function readChatPrompt({ messages, tools, responseFormat }: Chat): Prompt {
  return { content: [messages], data: [tools, responseFormat], tools };
}

/** Estimates the input tokens of a prompt for a model. Between the parts of a long prompt other requests run. */
export async function estimateInputTokens(prompt: Prompt, model: string): Promise<number> {
  const target = { model, provider: { pricingVendor: null } };
  return (await new RequestMeasure(() => ({ input: prompt, maxOutput: 0 }), target).measure()).input;
}
