import type { AcceptedCall, Frame, Reply, TokenCounts } from '../protocol.ts';

const finishReasons = { stop: 'stop', length: 'length', 'tool-call': 'tool_calls', refusal: 'stop' } as const;
const id = 'chatcmpl-Test0001';
const created = 1_760_000_000;

/** A whole `chat.completion`. */
export function writeOpenAiBody(reply: Reply, { model }: AcceptedCall): string {
  const says = reply.toolCall === undefined && reply.refusal === undefined;
  const message = {
    role: 'assistant',
    content: says ? reply.text.join('') : null,
    ...(reply.reasoning && { reasoning_content: reply.reasoning.join('') }),
    refusal: reply.refusal ?? null,
    ...(reply.toolCall && { tool_calls: [wholeToolCall(reply.toolCall)] }),
    annotations: [],
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply) }];
  const usage = reply.usage && { usage: writeUsage(reply.usage) };
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices,
    ...usage,
    system_fingerprint: 'fp_test',
  });
}

/** The chunks of a stream: the role first, the text, the finish reason, the usage where asked for, `[DONE]`. */
export function writeOpenAiFrames(reply: Reply, { model, includeUsage }: AcceptedCall): Frame[] {
  const usage = includeUsage ? { usage: null } : {};
  const chunk = (kind: Frame['kind'], choices: unknown[], more: object = usage): Frame => {
    const data = {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      system_fingerprint: 'fp_test',
      choices,
      ...more,
    };
    return { kind, text: `data: ${JSON.stringify(data)}\n\n` };
  };
  const delta = (kind: Frame['kind'], fields: object, finish_reason: string | null = null): Frame =>
    chunk(kind, [{ index: 0, delta: fields, logprobs: null, finish_reason }]);
  return [
    delta('start', { role: 'assistant', content: reply.toolCall ? null : '', refusal: null }),
    ...(reply.reasoning ?? []).map((reasoning_content) => delta('content', { reasoning_content })),
    ...reply.text.map((content) => delta('content', { content })),
    ...(reply.refusal === undefined ? [] : [delta('content', { refusal: reply.refusal })]),
    ...toolCallDeltas(reply).map((tool_call) => delta('content', { tool_calls: [tool_call] })),
    delta('end', {}, finishReason(reply)),
    ...(includeUsage && reply.usage ? [chunk('end', [], { usage: writeUsage(reply.usage) })] : []),
    { kind: 'end', text: 'data: [DONE]\n\n' },
  ];
}

function toolCallDeltas({ toolCall }: Reply): object[] {
  if (!toolCall) return [];
  const { id: callId, name, argumentsJson } = toolCall;
  return [
    { index: 0, id: callId, type: 'function', function: { name, arguments: '' } },
    ...argumentsJson.map((part) => ({ index: 0, function: { arguments: part } })),
  ];
}

function wholeToolCall({ id: callId, name, argumentsJson }: NonNullable<Reply['toolCall']>): object {
  return { id: callId, type: 'function', function: { name, arguments: argumentsJson.join('') } };
}

function finishReason(reply: Reply): string {
  return reply.finishReason ?? finishReasons[reply.finish];
}

/** Cached tokens are a part of the prompt tokens; reasoning is a part of the completion tokens, or beside them. */
function writeUsage(counts: TokenCounts): object {
  const { input, output, cacheRead = 0, reasoning = 0, reasoningBeside = false } = counts;
  const total = (input ?? 0) + (output ?? 0);
  return {
    prompt_tokens: input,
    completion_tokens: output === undefined ? undefined : output - (reasoningBeside ? reasoning : 0),
    total_tokens: total,
    prompt_tokens_details: { cached_tokens: cacheRead, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
  };
}
