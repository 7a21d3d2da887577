import { compactJson, convertJsonObjects } from '../../lib/exact-json.ts';

/** Where a reply, whole or a chunk of it, has the arguments of tool calls. */
const argumentPaths = ['message', 'delta'].flatMap((message) => [
  ['choices', '*', message, 'tool_calls', '*', 'function', 'arguments'],
  ['choices', '*', message, 'function_call', 'arguments'],
]);

/**
 * Replaces arguments that a vendor wrote as an object by their text, whose numbers have all their digits. `reply` has just
 * been parsed from `json`.
 */
export function keepOpenAiArguments(json: string, reply: unknown): void {
  // Nearly all vendors write them as text, and nearly all chunks have none.
  if (!json.includes('"arguments"') || !/"arguments"\s*:\s*\{/.test(json)) return;
  convertJsonObjects(json, reply, argumentPaths, compactJson);
}
