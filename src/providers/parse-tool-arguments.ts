import { invalidFieldError } from '../domain/errors.ts';
import type { ToolCall } from '../domain/request.ts';

/**
 * The arguments of a tool call in a conversation, for vendors that want them as an object instead of as text. No text at
 * all stands for no arguments. Throws `invalid_request` naming the message where the text is not a JSON object.
 */
export function parseToolArguments(call: ToolCall, messageIndex: number): Record<string, unknown> {
  if (call.argumentsJson.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(call.argumentsJson);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw invalidFieldError(
    ['messages', messageIndex],
    'holds a tool call whose arguments are not a JSON object: send them as the model wrote them',
  );
}
