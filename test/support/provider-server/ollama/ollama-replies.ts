import type { AcceptedCall, Frame, Reply, ReplyToolCall } from '../protocol.ts';

const created_at = '2026-10-23T10:00:00.000000Z';

/** A whole reply of `/api/chat`. */
export function writeOllamaBody(reply: Reply, { model }: AcceptedCall): string {
  const message = {
    role: 'assistant',
    content: reply.text.join('') + (reply.refusal ?? ''),
    ...(reply.reasoning && { thinking: reply.reasoning.join('') }),
    ...(reply.toolCalls && { tool_calls: reply.toolCalls.map(writeToolCall) }),
  };
  return JSON.stringify({ model, created_at, message, ...ending(reply) });
}

/** The lines of a stream. The last one, `done: true`, has no text and all the counts. */
export function writeOllamaFrames(reply: Reply, { model }: AcceptedCall): Frame[] {
  const line = (kind: Frame['kind'], fields: object, more: object = { done: false }): Frame => {
    const message = { role: 'assistant', content: '', ...fields };
    return { kind, text: `${JSON.stringify({ model, created_at, message, ...more })}\n` };
  };
  const texts = reply.refusal === undefined ? reply.text : [...reply.text, reply.refusal];
  return [
    ...(reply.reasoning ?? []).map((thinking) => line('content', { thinking })),
    ...texts.map((content) => line('content', { content })),
    ...(reply.toolCalls ?? []).map((call) => line('content', { tool_calls: [writeToolCall(call)] })),
    line('end', {}, ending(reply)),
  ];
}

/** Ollama's tool calls come whole, their arguments as an object. */
function writeToolCall({ id, name, argumentsJson }: ReplyToolCall): object {
  return { id, function: { name, arguments: JSON.parse(argumentsJson.join('')) } };
}

/** A count that is not known is left out: so is `prompt_eval_count` where the whole prompt was cached. */
function ending({ finish, finishReason, usage }: Reply): object {
  return {
    done: true,
    done_reason: finishReason ?? (finish === 'length' ? 'length' : 'stop'),
    total_duration: 4_883_583_458,
    load_duration: 1_334_875,
    ...(usage?.input !== undefined && { prompt_eval_count: usage.input }),
    prompt_eval_duration: 342_546_000,
    ...(usage?.output !== undefined && { eval_count: usage.output }),
    eval_duration: 4_535_599_000,
  };
}
