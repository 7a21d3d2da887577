import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { StubRequest } from './parse-stub-request.ts';
import type { StubReply } from './stub-reply.ts';
import { splitArguments } from './stub-tool-calls.ts';

type Delta = ChatCompletionChunk.Choice.Delta;
type ToolCallDelta = ChatCompletionChunk.Choice.Delta.ToolCall;

/** Encodes a whole Chat Completions reply. */
export function encodeStubCompletion(request: StubRequest, reply: StubReply): string {
  const text = reply.pieces.join('');
  const { refused, toolCalls, finishReason } = reply;
  const message: ChatCompletion.Choice['message'] = {
    role: 'assistant',
    content: refused || toolCalls.length > 0 ? null : text,
    refusal: refused ? text : null,
    ...encodeCalls(request, toolCalls),
  };
  const completion: ChatCompletion = {
    ...createEnvelope(request, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    usage: encodeUsage(reply),
  };
  return JSON.stringify(completion);
}

function encodeCalls(
  { hasLegacyFunctions }: StubRequest,
  calls: StubReply['toolCalls'],
): Pick<ChatCompletion.Choice['message'], 'tool_calls' | 'function_call'> {
  const [first] = calls;
  if (!first) return {};
  if (hasLegacyFunctions) return { function_call: { name: first.name, arguments: first.arguments } };
  return { tool_calls: calls.map(({ id, ...call }) => ({ id, type: 'function', function: call })) };
}

/** Encodes the events of a streamed reply when they are read, one text each, the terminator last. */
export function* encodeStubStream(request: StubRequest, reply: StubReply): Generator<string> {
  const envelope = createEnvelope(request, 'chat.completion.chunk');
  const createChunk = (delta: Delta, finishReason: StubReply['finishReason'] | null): ChatCompletionChunk => ({
    ...envelope,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(request.includeUsage && { usage: null }),
  });
  const { refused, toolCalls } = reply;
  yield encodeEvent(createChunk({ role: 'assistant', content: refused || toolCalls.length > 0 ? null : '' }, null));
  for (const piece of reply.pieces)
    yield encodeEvent(createChunk(refused ? { refusal: piece } : { content: piece }, null));
  for (const call of encodeToolCallDeltas(reply)) {
    const delta = request.hasLegacyFunctions ? { function_call: call.function ?? {} } : { tool_calls: [call] };
    yield encodeEvent(createChunk(delta, null));
  }
  yield encodeEvent(createChunk({}, reply.finishReason));
  if (request.includeUsage) yield encodeEvent({ ...envelope, choices: [], usage: encodeUsage(reply) });
  yield 'data: [DONE]\n\n';
}

function encodeEvent(chunk: ChatCompletionChunk): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** One call after the other, as OpenAI streams them: some clients append arguments to the call that has begun last. */
function encodeToolCallDeltas({ toolCalls }: StubReply): ToolCallDelta[] {
  return toolCalls.flatMap(({ id, name, arguments: json }, index) => [
    { index, id, type: 'function' as const, function: { name, arguments: '' } },
    ...splitArguments(json).map((piece) => ({ index, function: { arguments: piece } })),
  ]);
}

/** Encodes an error as OpenAI does. */
export function encodeStubError(
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
): string {
  return JSON.stringify({ error: { message, type, param, code } });
}

function createEnvelope<T extends string>({ model }: StubRequest, object: T) {
  return { id: `chatcmpl-stub-${crypto.randomUUID()}`, object, created: Math.floor(Date.now() / 1000), model };
}

function encodeUsage({ promptTokens, completionTokens }: StubReply) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
