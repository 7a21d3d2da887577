import * as z from 'zod';
import { toJsonLine } from '../../lib/to-json-line.ts';

const text = z.string().optional().catch(undefined);
const partSchema = z.looseObject({ type: text, text });
const itemSchema = z.looseObject({
  type: text,
  id: text,
  content: z.array(partSchema).optional().catch(undefined),
});
const responseSchema = z.looseObject({ status: text, output: z.array(itemSchema.catch({})) });

type Item = z.infer<typeof itemSchema>;
type ResponseEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * Encodes a provider's whole Responses reply as the stream that the client requested: its beginning, each item of its output with
 * its texts as deltas, and the reply itself in the last event.
 */
export function encodeOpenAiResponseEvents(body: string): string {
  const response = responseSchema.parse(JSON.parse(body));
  const events: ResponseEvent[] = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    ...response.output.flatMap(toItemEvents),
    { type: response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response },
  ];
  return events
    .map((event, sequence_number) => `event: ${event.type}\ndata: ${toJsonLine({ ...event, sequence_number })}\n\n`)
    .join('');
}

function toItemEvents(item: Item, output_index: number): ResponseEvent[] {
  const isMessage = item.type === 'message' && item.content;
  return [
    { type: 'response.output_item.added', output_index, item: isMessage ? { ...item, content: [] } : item },
    ...(isMessage
      ? isMessage.flatMap((part, content_index) => toPartEvents(item, part, { output_index, content_index }))
      : []),
    { type: 'response.output_item.done', output_index, item },
  ];
}

function toPartEvents(
  { id: item_id }: Item,
  part: z.infer<typeof partSchema>,
  position: { readonly output_index: number; readonly content_index: number },
): ResponseEvent[] {
  const at = { item_id, ...position };
  const added = { type: 'response.content_part.added', ...at };
  const done = { type: 'response.content_part.done', ...at, part };
  if (part.type !== 'output_text') return [{ ...added, part }, done];
  const { text = '' } = part;
  return [
    { ...added, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...at, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    done,
  ];
}
