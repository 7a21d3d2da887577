import { invalidFieldError } from '../../domain/errors.ts';
import { isGatewayResponseId } from '../../domain/job.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import { findJsonSpans } from '../../lib/find-json-spans.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';

type Body = Readonly<Record<string, unknown>>;

/** The body of a request that is passed through. */
export interface PassedBody {
  /** The JSON of `body`. */
  readonly text: string;
  readonly body: Body;
}

/**
 * Resolves with a request for a provider that has Responses, in which the items of a response that the gateway stores stand in the place
 * of `previous_response_id`: the provider does not know its id. A request that names another response, or none, stays as it is. Throws
 * `invalid_request` for a conversation that is too long.
 */
export async function continueStoredResponse(
  responses: ResponseStore,
  tenantId: string,
  { text, body }: PassedBody,
): Promise<PassedBody> {
  const id = body.previous_response_id;
  if (typeof id !== 'string' || !isGatewayResponseId(id)) return { text, body };
  const conversation = await responses.findConversation({ tenantId, id }, { allowsGaps: true });
  switch (conversation.type) {
    case 'not_found':
      return { text, body };
    case 'too_long':
    case 'too_large': {
      const problem = 'continues more than can be sent: send the conversation in input, or a part of it';
      throw invalidFieldError(['previous_response_id'], problem);
    }
    case 'found': {
      const items = conversation.turns.flatMap(({ input, output }) => [...input, ...output]).flatMap(toInputItem);
      // What the oldest of them continues may be stored by the provider.
      const { previousId } = conversation;
      const changed = setJsonProperties(text, {
        input: prependItems(items, text, body),
        previous_response_id: JSON.stringify(previousId),
      });
      return { text: changed, body: { ...body, input: toInput(items, body), previous_response_id: previousId } };
    }
  }
}

/** Returns the JSON of an input that begins with these items. The client's own items stay digit for digit. */
function prependItems(items: readonly unknown[], text: string, { input }: Body): string {
  const [span] = findJsonSpans(text, ['input']);
  const stored = items.map((item) => JSON.stringify(item));
  if (!span || input === null) return `[${stored.join()}]`;
  if (typeof input === 'string') return `[${[...stored, JSON.stringify({ role: 'user', content: input })].join()}]`;
  const own = text.slice(span.start, span.end);
  // What is no list is refused by the provider.
  if (!Array.isArray(input)) return own;
  return `[${[...stored, ...(input.length === 0 ? [] : [own.slice(1, -1)])].join()}]`;
}

/** Returns the parsed form of what `prependItems` returns. */
function toInput(items: readonly unknown[], { input }: Body): unknown {
  if (input === undefined || input === null) return items;
  if (typeof input === 'string') return [...items, { role: 'user', content: input }];
  return Array.isArray(input) ? [...items, ...input] : input;
}

/** Items whose ids a provider would look up in its own store. */
const plainTypes: readonly unknown[] = [
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
];

/** Returns a stored item as it is sent again: without its id, and not where it is reasoning that the provider cannot read. */
function toInputItem(item: unknown): unknown[] {
  if (typeof item !== 'object' || item === null) return [];
  const { id: _, ...rest }: { id?: unknown; type?: unknown; encrypted_content?: unknown } = item;
  if (rest.type === 'reasoning' && typeof rest.encrypted_content !== 'string') return [];
  return [plainTypes.includes(rest.type) ? rest : item];
}
