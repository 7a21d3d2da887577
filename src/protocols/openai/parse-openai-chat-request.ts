import type * as z from 'zod';
import type { ChatRequest } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { chatRequestSchema } from './openai-chat-request-schema.ts';
import { parseField, parseList, throwInvalid } from './parse-openai-field.ts';
import { parseOpenAiMessages } from './parse-openai-messages.ts';
import { parseOpenAiResponseFormat } from './parse-openai-response-format.ts';
import { parseOpenAiTools } from './parse-openai-tools.ts';

type Body = z.infer<typeof chatRequestSchema>;

const maxStops = 16;
/** A longer list is not looked at. */
const maxListedStops = 1000;

/**
 * Parses a Chat Completions request for a provider that speaks another protocol. Fields that ask for nothing, or change no reply,
 * count as absent. Throws `invalid_request` that names the parameter if it is wrong, unknown or cannot be expressed. Source: the request types of the official client, `ChatCompletionCreateParams`.
 */
export function parseOpenAiChatRequest(
  body: Readonly<Record<string, unknown>>,
  translation?: TranslationReport,
): Omit<ChatRequest, 'model'> {
  const fields = parseField(body, chatRequestSchema, []);
  return {
    messages: parseOpenAiMessages(fields.messages),
    maxTokens: toMaxTokens(fields, translation),
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    stop: toStop(fields.stop, translation),
    ...parseOpenAiTools(fields, translation),
    responseFormat: parseOpenAiResponseFormat(fields.response_format),
    reasoningEffort: fields.reasoning_effort ?? undefined,
    seed: fields.seed ?? undefined,
    // 0 is no penalty.
    frequencyPenalty: fields.frequency_penalty || undefined,
    presencePenalty: fields.presence_penalty || undefined,
    // The newer name of the two is the one by which abuse is looked for; the older one also steered caches.
    userId: fields.safety_identifier || fields.user || undefined,
    translation,
  };
}

/** Of two bounds the lower one holds for both. */
function toMaxTokens(
  { max_tokens: older, max_completion_tokens: newer }: Body,
  translation: TranslationReport | undefined,
): number | undefined {
  if (older == null || newer == null) return newer ?? older ?? undefined;
  if (older !== newer) translation?.adjust([older > newer ? 'max_tokens' : 'max_completion_tokens']);
  return Math.min(older, newer);
}

/** Empty sequences say nothing. OpenAI takes four, the gateway as many as on its own routes. */
function toStop(stop: unknown, translation: TranslationReport | undefined): string[] | undefined {
  if (stop === null || stop === undefined) return undefined;
  const list = typeof stop === 'string' ? [stop] : parseList(stop, ['stop'], { max: maxListedStops });
  const sequences = list.map((sequence) =>
    typeof sequence === 'string' ? sequence : throwInvalid(['stop'], 'must be a string or a list of strings'),
  );
  const sent = sequences.filter((sequence) => sequence !== '').slice(0, maxStops);
  if (sent.length < sequences.length) translation?.adjust(['stop']);
  return sent.length > 0 ? sent : undefined;
}
