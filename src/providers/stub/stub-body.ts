import type { StubReply } from './stub-reply.ts';
import type { StubRequest } from './stub-request.ts';

/** A whole Chat Completions reply. */
export function completionBody(request: StubRequest, reply: StubReply): string {
  const message = { role: 'assistant', content: reply.pieces.join(''), refusal: null };
  return JSON.stringify({
    ...envelope(request, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: reply.finishReason }],
    usage: usageOf(reply),
  });
}

/** The events of a streamed reply, one text each, the terminator last. */
export function streamEvents(request: StubRequest, reply: StubReply): string[] {
  const head = envelope(request, 'chat.completion.chunk');
  const chunk = (delta: object, finishReason: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(request.includeUsage && { usage: null }),
  });
  const chunks: object[] = [
    chunk({ role: 'assistant', content: '' }, null),
    ...reply.pieces.map((content) => chunk({ content }, null)),
    chunk({}, reply.finishReason),
  ];
  if (request.includeUsage) chunks.push({ ...head, choices: [], usage: usageOf(reply) });
  return [...chunks.map((value) => JSON.stringify(value)), '[DONE]'].map((data) => `data: ${data}\n\n`);
}

/** An error as OpenAI words it. */
export function errorBody(message: string, type: string, code: string | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function envelope({ model }: StubRequest, object: string) {
  return { id: `chatcmpl-stub-${crypto.randomUUID()}`, object, created: Math.floor(Date.now() / 1000), model };
}

function usageOf({ promptTokens, pieces }: StubReply) {
  const completionTokens = pieces.length;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
