import * as z from 'zod';
import { encodeDataEvent } from '../../http/sse-writer.ts';

/** What has another shape counts as absent: the reply was decoded before, and is not refused here. */
const toolCallsSchema = z.array(z.looseObject({}).optional().catch(undefined)).optional().catch(undefined);
const choiceSchema = z.looseObject({
  message: z.looseObject({ tool_calls: toolCallsSchema }).optional().catch(undefined),
});
const completionSchema = z.looseObject({ choices: z.array(choiceSchema.catch({})) });

/**
 * Encodes a provider's whole Chat Completions reply as the stream that the client requested: one chunk with all of each choice, the
 * token counts if they were requested, `[DONE]`. The provider's own fields stay.
 */
export function encodeOpenAiCompletionEvents(body: string, includeUsage: boolean): string {
  const { choices, usage, ...reply } = completionSchema.parse(JSON.parse(body));
  const head = { ...reply, object: 'chat.completion.chunk' };
  const chunk = { ...head, choices: choices.map(toChunkChoice), ...(includeUsage && { usage: null }) };
  const counts = includeUsage && usage ? encodeDataEvent({ ...head, choices: [], usage }) : '';
  return `${encodeDataEvent(chunk)}${counts}data: [DONE]\n\n`;
}

function toChunkChoice({ message, ...choice }: z.infer<typeof choiceSchema>, index: number): object {
  const { tool_calls, ...parts } = message ?? {};
  const calls = tool_calls?.filter((call) => call !== undefined).map((call, at) => ({ index: at, ...call }));
  const delta = calls?.length ? { ...parts, tool_calls: calls } : parts;
  return { index, ...choice, delta };
}
