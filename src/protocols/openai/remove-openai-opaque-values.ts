import { mayContainOpaqueValue } from '../../domain/opaque-value.ts';
import { changeJsonValues } from '../../lib/change-json-values.ts';
import type { JsonPath } from '../../lib/find-json-spans.ts';
import { encodeExtraContent, readExtraContent, readReasoningDetails } from './openai-opaque-values.ts';

type Body = Readonly<Record<string, unknown>>;

interface PlainBody {
  readonly text: string;
  readonly body: Body;
}

/**
 * Removes the opaque values of the gateway's from the body of a Chat Completions request, and the text of the reasoning that they
 * stand for, unless the vendor wants reasoning back. `placeholder` takes their place with tool calls, for a vendor that refuses a
 * call without a signature. The rest of the text stays byte for byte.
 */
export function removeOpenAiOpaqueValues(
  text: string,
  body: Body,
  {
    placeholder,
    keepsReasoning = false,
  }: { placeholder?: string | undefined; keepsReasoning?: boolean | undefined } = {},
): PlainBody {
  if (!mayContainOpaqueValue(text)) return { text, body };
  const { extra_content: signature } = encodeExtraContent(placeholder);
  const isOpaque = (detail: unknown) => readReasoningDetails([detail]).length > 0;
  const withoutReasoning = keepsReasoning
    ? text
    : changeJsonValues(text, ['messages', '*', 'reasoning_content'], ([messages = '', index = '']) =>
        readReasoningDetails(getAt(body, [messages, index, 'reasoning_details'])).length > 0 ? null : undefined,
      );
  const withoutLists = changeJsonValues(withoutReasoning, ['messages', '*', 'reasoning_details'], (path) => {
    const details = getAt(body, path);
    return Array.isArray(details) && details.length > 0 && details.every(isOpaque) ? null : undefined;
  });
  const withoutDetails = changeJsonValues(withoutLists, ['messages', '*', 'reasoning_details', '*'], (path) =>
    isOpaque(getAt(body, path)) ? null : undefined,
  );
  const changed = changeJsonValues(withoutDetails, ['messages', '*', 'tool_calls', '*', 'extra_content'], (path) => {
    if (readExtraContent(getAt(body, path)) === undefined) return undefined;
    return signature ? JSON.stringify(signature) : null;
  });
  return toBody(text, changed, body);
}

function toBody(text: string, changed: string, body: Body): PlainBody {
  return changed === text ? { text, body } : { text: changed, body: JSON.parse(changed) };
}

function getAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return value;
}
