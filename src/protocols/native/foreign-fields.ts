import { GatewayError } from '../../domain/errors.ts';

const chatCompletionsOnly = 'is not a field of the native routes: send the request to POST /v1/chat/completions';

/** Fields of other protocols that clients send to native routes, and what to do instead. */
const hints: Readonly<Record<string, string>> = {
  stream: 'is not a field of the native routes: leave it out, and send the request to POST /stream for a stream',
  tools: chatCompletionsOnly,
  tool_choice: chatCompletionsOnly,
  functions: chatCompletionsOnly,
  response_format: chatCompletionsOnly,
  reasoning_effort: chatCompletionsOnly,
  n: chatCompletionsOnly,
  system: 'is not a field of the native routes: send a message with the role system',
};

/** Throws `invalid_request` for fields of other protocols, with the route or the field that has them here. */
export function rejectForeignFields(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const issues = Object.entries(hints).flatMap(([name, message]) =>
    Object.hasOwn(body, name) ? [{ path: [name], message }] : [],
  );
  if (issues.length > 0) throw new GatewayError('invalid_request', issues);
}
