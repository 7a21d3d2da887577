import type { AcceptedCall, Frame, Reply, ReplyToolCall, TokenCounts } from '../protocol.ts';

const finishReasons = { stop: 'stop', length: 'length', 'tool-call': 'tool_calls', refusal: 'stop' } as const;
let replyCount = 1;
const created = 1_760_000_000;

/** A whole `chat.completion`. */
export function writeOpenAiBody(reply: Reply, { model, legacyFunctions = false }: AcceptedCall): string {
  const hasText = reply.text.length > 0 || (reply.toolCalls === undefined && reply.refusal === undefined);
  const message = {
    role: 'assistant',
    content: hasText ? reply.text.join('') : null,
    ...(reply.reasoning && { reasoning_content: reply.reasoning.join('') }),
    refusal: reply.refusal ?? null,
    ...wholeToolCalls(reply, legacyFunctions),
    annotations: [],
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply, legacyFunctions) }];
  const usage = reply.usage && { usage: writeUsage(reply.usage) };
  return JSON.stringify({
    id: createId(reply),
    object: 'chat.completion',
    created,
    model,
    choices,
    ...usage,
    system_fingerprint: 'fp_test',
  });
}

/** Creates an id. It is unique in a conversation, where clients replace a message by a later one with the same id. */
function createId({ hasOwnId = false }: Reply): string {
  if (hasOwnId) replyCount += 1;
  return `chatcmpl-Test${String(hasOwnId ? replyCount : 1).padStart(4, '0')}`;
}

/** The chunks of a stream: the role first, the text, the finish reason, the usage where asked for, `[DONE]`. */
export function writeOpenAiFrames(
  reply: Reply,
  { model, includeUsage, legacyFunctions = false }: AcceptedCall,
): Frame[] {
  const id = createId(reply);
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
    delta('start', {
      role: 'assistant',
      content: reply.toolCalls && reply.text.length === 0 ? null : '',
      refusal: null,
    }),
    ...(reply.reasoning ?? []).map((reasoning_content) => delta('content', { reasoning_content })),
    ...reply.text.map((content) => delta('content', { content })),
    ...(reply.refusal === undefined ? [] : [delta('content', { refusal: reply.refusal })]),
    ...toolCallDeltas(reply).map((call) =>
      delta('content', legacyFunctions ? { function_call: call.function } : { tool_calls: [call] }),
    ),
    delta('end', {}, finishReason(reply, legacyFunctions)),
    ...(includeUsage && reply.usage ? [chunk('end', [], { usage: writeUsage(reply.usage) })] : []),
    { kind: 'end', text: 'data: [DONE]\n\n' },
  ];
}

/** Starts all calls and then interleaves their arguments. A client has to distinguish them by their index. */
function toolCallDeltas({ toolCalls = [], isSequential = false }: Reply): { function: object }[] {
  const heads = toolCalls.map(({ id: callId, name }, index) => ({
    index,
    id: callId,
    type: 'function',
    function: { name, arguments: '' },
  }));
  const pieces = toolCalls.map(({ argumentsJson }, index) =>
    argumentsJson.map((piece) => ({ index, function: { arguments: piece } })),
  );
  if (isSequential) return heads.flatMap((head, index) => [head, ...(pieces[index] ?? [])]);
  const maxPieces = Math.max(0, ...pieces.map(({ length }) => length));
  const turns = Array.from({ length: maxPieces }, (_, turn) => pieces.flatMap((ofCall) => ofCall[turn] ?? []));
  return [...heads, ...turns.flat()];
}

function wholeToolCall({ id: callId, name, argumentsJson }: ReplyToolCall): {
  id: string;
  type: string;
  function: object;
} {
  return { id: callId, type: 'function', function: { name, arguments: argumentsJson.join('') } };
}

function wholeToolCalls({ toolCalls = [] }: Reply, legacyFunctions: boolean): object {
  const calls = toolCalls.map(wholeToolCall);
  if (calls.length === 0) return {};
  return legacyFunctions ? { function_call: calls[0]?.function } : { tool_calls: calls };
}

function finishReason(reply: Reply, legacyFunctions: boolean): string {
  if (reply.finishReason === undefined && legacyFunctions && reply.finish === 'tool-call') return 'function_call';
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
