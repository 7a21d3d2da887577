import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { StubRequest } from './parse-stub-request.ts';
import type { StubReply } from './stub-reply.ts';
import { splitArguments } from './stub-tool-calls.ts';

type FinishReason = ChatCompletion.Choice['finish_reason'];
type Delta = ChatCompletionChunk.Choice.Delta;
type ToolCallDelta = ChatCompletionChunk.Choice.Delta.ToolCall;

/** Encodes a whole Chat Completions reply. */
export function encodeStubCompletion(request: StubRequest, reply: StubReply): string {
  const text = reply.pieces.join('');
  const { refused, toolCalls } = reply;
  const message: ChatCompletion.Choice['message'] = {
    role: 'assistant',
    content: refused || toolCalls.length > 0 ? null : text,
    refusal: refused ? text : null,
    ...encodeToolCalls(request, toolCalls),
  };
  const completion: ChatCompletion = {
    ...createEnvelope(request, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: encodeFinishReason(request, reply) }],
    usage: encodeUsage(reply),
  };
  return JSON.stringify(completion);
}

function encodeToolCalls(
  { legacyFunctions }: StubRequest,
  toolCalls: StubReply['toolCalls'],
): Pick<ChatCompletion.Choice['message'], 'tool_calls' | 'function_call'> {
  const calls = toolCalls.map(({ id, ...call }) => ({ id, type: 'function' as const, function: call }));
  const [first] = calls;
  if (first === undefined) return {};
  return legacyFunctions ? { function_call: first.function } : { tool_calls: calls };
}

function encodeFinishReason({ legacyFunctions }: StubRequest, { finishReason }: StubReply): FinishReason {
  return legacyFunctions && finishReason === 'tool_calls' ? 'function_call' : finishReason;
}

/** Encodes the events of a streamed reply when they are read, one text each, the terminator last. */
export function* encodeStubStream(request: StubRequest, reply: StubReply): Generator<string> {
  const envelope = createEnvelope(request, 'chat.completion.chunk');
  const createChunk = (delta: Delta, finishReason: FinishReason | null): ChatCompletionChunk => ({
    ...envelope,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(request.includeUsage && { usage: null }),
  });
  const { refused, toolCalls } = reply;
  yield encodeEvent(createChunk({ role: 'assistant', content: refused || toolCalls.length > 0 ? null : '' }, null));
  for (const piece of reply.pieces)
    yield encodeEvent(createChunk(refused ? { refusal: piece } : { content: piece }, null));
  for (const call of encodeToolCallDeltas(reply)) {
    const delta = request.legacyFunctions ? { function_call: call.function ?? {} } : { tool_calls: [call] };
    yield encodeEvent(createChunk(delta, null));
  }
  yield encodeEvent(createChunk({}, encodeFinishReason(request, reply)));
  if (request.includeUsage) yield encodeEvent({ ...envelope, choices: [], usage: encodeUsage(reply) });
  yield 'data: [DONE]\n\n';
}

function encodeEvent(chunk: ChatCompletionChunk): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** All calls begin before the first goes on, and then they take turns: a reader has to tell them apart by their index. */
function encodeToolCallDeltas({ toolCalls }: StubReply): ToolCallDelta[] {
  const pieces = toolCalls.map((call) => splitArguments(call.arguments));
  const turns = Array.from({ length: Math.max(0, ...pieces.map(({ length }) => length)) }, (_, turn) => turn);
  return [
    ...toolCalls.map(({ id, name }, index) => ({
      index,
      id,
      type: 'function' as const,
      function: { name, arguments: '' },
    })),
    ...turns.flatMap((turn) =>
      pieces.flatMap((ofCall, index) => {
        const piece = ofCall[turn];
        return piece === undefined ? [] : [{ index, function: { arguments: piece } }];
      }),
    ),
  ];
}

/** Encodes an error as OpenAI does. */
export function encodeStubError(message: string, type: string, code: string | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
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
