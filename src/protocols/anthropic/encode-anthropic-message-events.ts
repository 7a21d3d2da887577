import * as z from 'zod';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';

const blockSchema = z.looseObject({ type: z.string().catch('') });
const messageSchema = z.looseObject({
  content: z.array(blockSchema),
  usage: z.looseObject({}).optional().catch(undefined),
});

type Block = z.infer<typeof blockSchema>;
type BlockEvent = { readonly type: string; readonly index: number } & Readonly<Record<string, unknown>>;

/**
 * Encodes a provider's whole message as the stream that the client requested. Texts, thinking and the input of tool calls come as
 * deltas; a block of any other type comes whole at its start. The provider's own fields stay.
 */
export function encodeAnthropicMessageEvents(body: string): string {
  const reply: unknown = JSON.parse(body);
  keepExactNumbers(body, reply, [['content', '*', 'input']]);
  const { content, usage, stop_reason = null, stop_sequence = null, ...message } = messageSchema.parse(reply);
  const counts = usage ?? { input_tokens: 0, output_tokens: 0 };
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, usage: counts };
  const events = [
    { type: 'message_start', message: start },
    ...content.flatMap(toBlockEvents),
    { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage: counts },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${toJsonLine(event)}\n\n`).join('');
}

function toBlockEvents(block: Block, index: number): BlockEvent[] {
  const { content_block, deltas } = splitBlock(block);
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

/** Splits a block into the one that a stream starts with and what it adds. */
function splitBlock(block: Block): { readonly content_block: object; readonly deltas: readonly object[] } {
  switch (block.type) {
    case 'text':
      return { content_block: { ...block, text: '' }, deltas: [{ type: 'text_delta', text: block.text ?? '' }] };
    case 'thinking': {
      const { thinking = '', signature } = block;
      const signed = signature ? [{ type: 'signature_delta', signature }] : [];
      return {
        content_block: { ...block, thinking: '', signature: '' },
        deltas: [{ type: 'thinking_delta', thinking }, ...signed],
      };
    }
    case 'tool_use':
    case 'server_tool_use': {
      const partial_json = JSON.stringify(block.input ?? {});
      return { content_block: { ...block, input: {} }, deltas: [{ type: 'input_json_delta', partial_json }] };
    }
    default:
      return { content_block: block, deltas: [] };
  }
}
