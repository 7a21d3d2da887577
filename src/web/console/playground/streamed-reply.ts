import { getMember, isRecord, toList, toNumber, toText } from './json-value.ts';

export interface ReplyToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON, as far as it has come. */
  readonly argumentsText: string;
  /** What the provider wants back with the call, as the gateway has sent it. */
  readonly extraContent?: unknown;
}

export interface ReplyUsage {
  readonly tokensIn: number | undefined;
  readonly tokensOut: number | undefined;
  readonly cachedTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
}

export interface ReplyError {
  /** Of HTTP. Absent in the middle of a stream, and where the gateway did not answer. */
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  /** The field of the request that is at fault. */
  readonly param?: string;
}

/** What the headers of a reply say. */
export interface ReplyHeaders {
  readonly requestId: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly route: string | undefined;
  readonly attempts: string | undefined;
  readonly cache: string | undefined;
  readonly dropped: string | undefined;
  readonly adjusted: string | undefined;
}

/** A reply, as far as it has come. */
export interface Reply {
  /** `loaded`: it comes from the request log. */
  readonly status: 'streaming' | 'completed' | 'stopped' | 'failed' | 'loaded';
  readonly text: string;
  readonly reasoning: string;
  readonly reasoningDetails: readonly unknown[];
  readonly toolCalls: readonly ReplyToolCall[];
  readonly finishReason?: string;
  readonly usage?: ReplyUsage;
  readonly headers?: ReplyHeaders;
  readonly firstByteMs?: number;
  readonly totalMs?: number;
  readonly error?: ReplyError;
}

export const emptyReply: Reply = {
  status: 'streaming',
  text: '',
  reasoning: '',
  reasoningDetails: [],
  toolCalls: [],
};

export function readReplyHeaders(headers: Headers): ReplyHeaders {
  const read = (name: string) => headers.get(name) ?? undefined;
  return {
    requestId: read('x-request-id'),
    provider: read('x-gateway-provider'),
    model: read('x-gateway-model'),
    route: read('x-gateway-route'),
    attempts: read('x-gateway-attempts'),
    cache: read('x-gateway-cache'),
    dropped: read('x-gateway-dropped'),
    adjusted: read('x-gateway-adjusted'),
  };
}

/** Adds a chunk of a stream, or a whole completion: both have the same fields, in `delta` or in `message`. */
export function addChunk(reply: Reply, chunk: unknown): Reply {
  const error = getMember(chunk, 'error');
  if (isRecord(error)) return { ...reply, status: 'failed', error: parseReplyError(chunk) };
  const [choice] = toList(getMember(chunk, 'choices'));
  const delta = getMember(choice, 'delta') ?? getMember(choice, 'message');
  const finishReason = toText(getMember(choice, 'finish_reason'));
  const usage = getMember(chunk, 'usage');
  const calls = toList(getMember(delta, 'tool_calls'));
  const details = toList(getMember(delta, 'reasoning_details'));
  return {
    ...reply,
    text: reply.text + toText(getMember(delta, 'content')) + toText(getMember(delta, 'refusal')),
    reasoning: reply.reasoning + toText(getMember(delta, 'reasoning_content') ?? getMember(delta, 'reasoning')),
    ...(details.length > 0 && { reasoningDetails: [...reply.reasoningDetails, ...details] }),
    ...(calls.length > 0 && { toolCalls: calls.reduce(addToolCall, reply.toolCalls) }),
    ...(finishReason !== '' && { finishReason }),
    ...(isRecord(usage) && { usage: parseUsage(usage) }),
  };
}

/** A call has an index in a stream, by which its parts belong together. */
function addToolCall(calls: readonly ReplyToolCall[], delta: unknown): readonly ReplyToolCall[] {
  const index = toNumber(getMember(delta, 'index')) ?? calls.length;
  const call = calls[index] ?? { id: '', name: '', argumentsText: '' };
  const source = getMember(delta, 'function');
  const extraContent = getMember(delta, 'extra_content') ?? call.extraContent;
  const extended = {
    id: call.id + toText(getMember(delta, 'id')),
    name: call.name + toText(getMember(source, 'name')),
    argumentsText: call.argumentsText + toText(getMember(source, 'arguments')),
    ...(extraContent !== undefined && { extraContent }),
  };
  return index < calls.length ? calls.with(index, extended) : [...calls, extended];
}

function parseUsage(usage: unknown): ReplyUsage {
  return {
    tokensIn: toNumber(getMember(usage, 'prompt_tokens')),
    tokensOut: toNumber(getMember(usage, 'completion_tokens')),
    cachedTokens: toNumber(getMember(getMember(usage, 'prompt_tokens_details'), 'cached_tokens')),
    reasoningTokens: toNumber(getMember(getMember(usage, 'completion_tokens_details'), 'reasoning_tokens')),
  };
}

/** Parses an error in OpenAI's form. Where it has no code, its type says what it is. */
export function parseReplyError(body: unknown, status?: number): ReplyError {
  const error = getMember(body, 'error');
  const code = toText(getMember(error, 'code')) || toText(getMember(error, 'type'));
  const param = toText(getMember(error, 'param'));
  return {
    message: toText(getMember(error, 'message')) || 'The gateway gave no reason.',
    ...(status !== undefined && { status }),
    ...(code !== '' && { code }),
    ...(param !== '' && { param }),
  };
}
