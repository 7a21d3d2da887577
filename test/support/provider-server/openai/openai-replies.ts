import type { AcceptedCall, Frame, Reply, ReplyToolCall, TokenCounts } from '../protocol.ts';

const finishReasons = { stop: 'stop', length: 'length', 'tool-call': 'tool_calls', refusal: 'stop' } as const;
const id = 'chatcmpl-Test0001';
const created = 1_760_000_000;

/** A whole `chat.completion`. */
export function writeOpenAiBody(reply: Reply, { model }: AcceptedCall): string {
  const says = reply.toolCalls === undefined && reply.refusal === undefined;
  const message = {
    role: 'assistant',
    content: says ? reply.text.join('') : null,
    ...(reply.reasoning && { reasoning_content: reply.reasoning.join('') }),
    refusal: reply.refusal ?? null,
    ...(reply.toolCalls && { tool_calls: reply.toolCalls.map(wholeToolCall) }),
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
    delta('start', { role: 'assistant', content: reply.toolCalls ? null : '', refusal: null }),
    ...(reply.reasoning ?? []).map((reasoning_content) => delta('content', { reasoning_content })),
    ...reply.text.map((content) => delta('content', { content })),
    ...(reply.refusal === undefined ? [] : [delta('content', { refusal: reply.refusal })]),
    ...toolCallDeltas(reply).map((tool_call) => delta('content', { tool_calls: [tool_call] })),
    delta('end', {}, finishReason(reply)),
    ...(includeUsage && reply.usage ? [chunk('end', [], { usage: writeUsage(reply.usage) })] : []),
    { kind: 'end', text: 'data: [DONE]\n\n' },
  ];
}

/** Each call begins, and then they take turns in going on: a reader has to tell them by their index. */
function toolCallDeltas({ toolCalls = [] }: Reply): object[] {
  const longest = Math.max(0, ...toolCalls.map(({ argumentsJson }) => argumentsJson.length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    toolCalls.map(({ argumentsJson }, index) => ({ index, function: { arguments: argumentsJson[turn] } })),
  );
  return [
    ...toolCalls.map(({ id: callId, name }, index) => ({
      index,
      id: callId,
      type: 'function',
      function: { name, arguments: '' },
    })),
    ...turns.flat().filter((delta) => delta.function.arguments !== undefined),
  ];
}

function wholeToolCall({ id: callId, name, argumentsJson }: ReplyToolCall): object {
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
