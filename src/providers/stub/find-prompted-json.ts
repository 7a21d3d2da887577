import { parseJson, type StubMessage } from './parse-stub-request.ts';

/** The most characters of an object that is looked at: JSON.parse cannot be interrupted. */
const maxLength = 65_536;

/**
 * Finds what the messages ask of a JSON reply whose form no field of the request names: a JSON Schema in the user's last
 * message or in a system message, or else an example in the user's last message. Clients write their schemas there in the
 * JSON mode of OpenAI.
 */
export function findPromptedJson(
  messages: readonly StubMessage[],
): { readonly schema: object } | { readonly example: object } | undefined {
  const prompt = messages.findLast(({ role }) => role === 'user');
  const example = parseObjectIn(prompt?.text ?? '');
  if (isSchema(example)) return { schema: example };
  const systemMessages = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const schema = systemMessages.map(({ text }) => parseObjectIn(text)).find(isSchema);
  if (schema !== undefined) return { schema };
  return example && { example };
}

/** From the first brace of a text to its last. */
function parseObjectIn(text: string): object | undefined {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}') + 1;
  if (start < 0 || end <= start || end - start > maxLength) return undefined;
  const value = parseJson(text.slice(start, end));
  return typeof value === 'object' && value !== null ? value : undefined;
}

function isSchema(value: object | undefined): value is object {
  if (value === undefined || !('type' in value) || !('properties' in value)) return false;
  return value.type === 'object' && typeof value.properties === 'object';
}
