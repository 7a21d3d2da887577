import type * as z from 'zod';
import type { ChatRequest } from '../../domain/request.ts';
import { chatRequestSchema } from './openai-chat-request-schema.ts';
import { parseField, parseList, throwInvalid } from './parse-openai-field.ts';
import { parseOpenAiMessages } from './parse-openai-messages.ts';
import { parseOpenAiResponseFormat } from './parse-openai-response-format.ts';
import { parseOpenAiTools } from './parse-openai-tools.ts';

type Body = z.infer<typeof chatRequestSchema>;

const maxStops = 16;

/**
 * The call of a Chat Completions request, for a provider that speaks another protocol. What asks for nothing, and what
 * changes no reply, is taken as absent. Throws `invalid_request` that names the parameter for whatever is wrong, unknown
 * or cannot be expressed. Source: the request types of the official client, `ChatCompletionCreateParams`.
 */
export function parseOpenAiChatRequest(body: Readonly<Record<string, unknown>>): Omit<ChatRequest, 'model'> {
  const fields = parseField(body, chatRequestSchema, []);
  return {
    messages: parseOpenAiMessages(fields.messages),
    maxTokens: toMaxTokens(fields),
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    stop: toStop(fields.stop),
    ...parseOpenAiTools(fields),
    responseFormat: parseOpenAiResponseFormat(fields.response_format),
    reasoningEffort: fields.reasoning_effort ?? undefined,
    seed: fields.seed ?? undefined,
    // 0 is no penalty.
    frequencyPenalty: fields.frequency_penalty || undefined,
    presencePenalty: fields.presence_penalty || undefined,
    // The newer name of the two is the one by which abuse is looked for; the older one also steered caches.
    userId: fields.safety_identifier || fields.user || undefined,
  };
}

function toMaxTokens({ max_tokens: older, max_completion_tokens: newer }: Body): number | undefined {
  if (older != null && newer != null && older !== newer) {
    throwInvalid(['max_tokens'], 'differs from max_completion_tokens: send max_completion_tokens only');
  }
  return newer ?? older ?? undefined;
}

/** OpenAI takes four, the gateway as many as on its own routes. */
function toStop(stop: unknown): string[] | undefined {
  if (stop === null || stop === undefined) return undefined;
  const list = typeof stop === 'string' ? [stop] : parseList(stop, ['stop'], { max: maxStops });
  for (const sequence of list) {
    if (typeof sequence !== 'string' || sequence === '') {
      throwInvalid(['stop'], `must be a string, or a list of up to ${maxStops}, none of them empty`);
    }
  }
  return list.length > 0 ? (list as string[]) : undefined;
}
