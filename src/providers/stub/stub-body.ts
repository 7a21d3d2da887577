import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { StubReply } from './stub-reply.ts';
import type { StubRequest } from './stub-request.ts';
import { splitArguments } from './stub-tool-calls.ts';

type Delta = ChatCompletionChunk.Choice.Delta;
type ToolCallDelta = ChatCompletionChunk.Choice.Delta.ToolCall;

/** A whole Chat Completions reply. */
export function encodeStubCompletion(request: StubRequest, reply: StubReply): string {
  const text = reply.pieces.join('');
  const { refused, toolCalls, finishReason } = reply;
  const message: ChatCompletion.Choice['message'] = {
    role: 'assistant',
    content: refused || toolCalls.length > 0 ? null : text,
    refusal: refused ? text : null,
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
    }),
  };
  const completion: ChatCompletion = {
    ...envelope(request, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    usage: usageOf(reply),
  };
  return JSON.stringify(completion);
}

/** The events of a streamed reply, one text each, the terminator last. */
export function encodeStubStream(request: StubRequest, reply: StubReply): string[] {
  const head = envelope(request, 'chat.completion.chunk');
  const chunk = (delta: Delta, finishReason: StubReply['finishReason'] | null): ChatCompletionChunk => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...(request.includeUsage && { usage: null }),
  });
  const { refused, toolCalls } = reply;
  const chunks = [
    chunk({ role: 'assistant', content: refused || toolCalls.length > 0 ? null : '' }, null),
    ...reply.pieces.map((piece) => chunk(refused ? { refusal: piece } : { content: piece }, null)),
    ...toolCallDeltas(reply).map((call) => chunk({ tool_calls: [call] }, null)),
    chunk({}, reply.finishReason),
  ];
  if (request.includeUsage) chunks.push({ ...head, choices: [], usage: usageOf(reply) });
  return [...chunks.map((value) => JSON.stringify(value)), '[DONE]'].map((data) => `data: ${data}\n\n`);
}

/** Each call begins, and then they take turns in going on: a reader has to tell them by their index. */
function toolCallDeltas({ toolCalls }: StubReply): ToolCallDelta[] {
  const rests = toolCalls.map((call) => splitArguments(call.arguments));
  const turns = Array.from({ length: Math.max(0, ...rests.map((rest) => rest.length)) }, (_, turn) => turn);
  return [
    ...toolCalls.map(({ id, name }, index) => ({
      index,
      id,
      type: 'function' as const,
      function: { name, arguments: '' },
    })),
    ...turns.flatMap((turn) =>
      rests.flatMap((rest, index) => {
        const delta = rest[turn];
        return delta === undefined ? [] : [{ index, function: { arguments: delta } }];
      }),
    ),
  ];
}

/** An error as OpenAI words it. */
export function encodeStubError(message: string, type: string, code: string | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function envelope<T extends string>({ model }: StubRequest, object: T) {
  return { id: `chatcmpl-stub-${crypto.randomUUID()}`, object, created: Math.floor(Date.now() / 1000), model };
}

function usageOf({ promptTokens, completionTokens }: StubReply) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
