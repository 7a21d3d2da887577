import { isOpaqueValue, mayContainOpaqueValue } from '../../domain/opaque-value.ts';
import { changeJsonValues } from '../../lib/change-json-values.ts';
import { isObject } from './anthropic-field-schemas.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * Removes the thinking of other vendors, whose signatures are opaque values of the gateway's, from the body of a Messages
 * request, also where a client has made redacted thinking of it; a message that has nothing else with it. The rest of the text
 * stays byte for byte.
 */
export function removeAnthropicOpaqueValues(text: string, body: Body): { readonly text: string; readonly body: Body } {
  if (!mayContainOpaqueValue(text)) return { text, body };
  const messages: readonly unknown[] = Array.isArray(body.messages) ? body.messages : [];
  const contents = messages.map((message) =>
    isObject(message) && Array.isArray(message.content) ? (message.content as readonly unknown[]) : [],
  );
  const isEmptied = contents.map((blocks) => blocks.length > 0 && blocks.every(isOpaqueBlock));
  const withoutBlocks = changeJsonValues(text, ['messages', '*', 'content', '*'], ([, message, , block]) =>
    !isEmptied[Number(message)] && isOpaqueBlock(contents[Number(message)]?.[Number(block)]) ? null : undefined,
  );
  const changed = changeJsonValues(withoutBlocks, ['messages', '*'], ([, message]) =>
    isEmptied[Number(message)] ? null : undefined,
  );
  return changed === text ? { text, body } : { text: changed, body: JSON.parse(changed) };
}

function isOpaqueBlock(block: unknown): boolean {
  if (!isObject(block)) return false;
  if (block.type === 'redacted_thinking') return isOpaqueValue(block.data);
  return block.type === 'thinking' && isOpaqueValue(block.signature);
}
