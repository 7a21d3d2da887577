import type { Completion } from 'openai/resources/completions';
import * as z from 'zod';
import { listOf } from '../../lib/list-of.ts';
import { parseJson, type StubRequest } from './parse-stub-request.ts';
import { createStubReply, type StubReply } from './stub-reply.ts';

/** As OpenAI has it. */
const maxPrompts = 2048;
/** The prompts of one request are answered one after the other. */
const maxStopSequences = 16;

const tokens = listOf(z.int().min(0));

const completionSchema = z.looseObject({
  model: z.string(),
  prompt: z
    .union([z.string().transform((text) => [text]), tokens.transform((ids) => [nameTokens(ids)]), listOf(z.string())])
    .or(listOf(tokens).transform((lists) => lists.map(nameTokens)))
    .nullish()
    .transform((prompts) => prompts ?? ['']),
  max_tokens: z.int().min(0).nullish(),
  stop: z.union([z.string().transform((sequence) => [sequence]), listOf(z.string())]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  echo: z.boolean().nullish(),
  n: z.literal(1).nullish(),
  best_of: z.literal(1).nullish(),
  logprobs: z.null().optional(),
});

function nameTokens(ids: readonly number[]): string {
  return `tokens ${ids.join(' ')}`;
}

/** A request of the legacy Completions: one chat request for each prompt. */
export interface StubCompletionRequest {
  readonly model: string;
  readonly requests: readonly StubRequest[];
  readonly echo: boolean;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Parses a request's body. A string says what is wrong with it. */
export function parseStubCompletionRequest(body: string): StubCompletionRequest | string {
  const parsed = completionSchema.safeParse(parseJson(body));
  if (!parsed.success) return `${parsed.error.issues[0]?.path.join('.') || 'The body'} is not what Stub can read.`;
  const { model, prompt: prompts, max_tokens, stop, stream, stream_options, echo } = parsed.data;
  if (prompts.length === 0) return 'prompt is empty.';
  if (prompts.length > maxPrompts) return `prompt has more than ${maxPrompts} prompts. Send them in several requests.`;
  if ((stop?.length ?? 0) > maxStopSequences) return `stop has more than ${maxStopSequences} sequences.`;
  const common = {
    model,
    maxTokens: max_tokens ?? undefined,
    stop: (stop ?? []).filter((sequence) => sequence !== ''),
    tools: [],
    toolChoice: 'none' as const,
    parallelToolCalls: false,
    hasLegacyFunctions: false,
    responseFormat: { type: 'text' as const },
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
  };
  const requests = prompts.map((text) => ({ ...common, messages: [{ role: 'user', text, toolCalls: [] }] }));
  const { includeUsage } = common;
  return { model, requests, echo: echo ?? false, stream: common.stream, includeUsage };
}

/** Creates the reply to each prompt. A string says why there is none. */
export async function createStubCompletions({ requests }: StubCompletionRequest): Promise<StubReply[] | string> {
  const replies: StubReply[] = [];
  for (const request of requests) {
    const reply = await createStubReply(request);
    if (typeof reply === 'string') return reply;
    replies.push(reply);
  }
  return replies;
}

/** Encodes a whole reply: one choice for each prompt. */
export function encodeStubTextCompletion(request: StubCompletionRequest, replies: readonly StubReply[]): string {
  const choices = replies.map((reply, index) =>
    createChoice(index, getEchoedText(request, index) + reply.pieces.join(''), toFinishReason(reply)),
  );
  const completion: Completion = { ...createEnvelope(request), choices, usage: sumUsage(replies) };
  return JSON.stringify(completion);
}

/** Encodes the events of a streamed reply when they are read, one text each, the terminator last. */
export function* encodeStubTextStream(
  request: StubCompletionRequest,
  replies: readonly StubReply[],
): Generator<string> {
  const envelope = createEnvelope(request);
  const encodeChunk = (choices: readonly object[], usage: object | null = null) =>
    `data: ${JSON.stringify({ ...envelope, choices, ...(request.includeUsage && { usage }) })}\n\n`;
  for (const [index, reply] of replies.entries()) {
    const echoed = getEchoedText(request, index);
    for (const piece of echoed === '' ? reply.pieces : [echoed, ...reply.pieces]) {
      yield encodeChunk([createChoice(index, piece, null)]);
    }
    yield encodeChunk([createChoice(index, '', toFinishReason(reply))]);
  }
  if (request.includeUsage) yield encodeChunk([], sumUsage(replies));
  yield 'data: [DONE]\n\n';
}

function getEchoedText({ echo, requests }: StubCompletionRequest, index: number): string {
  return echo ? (requests[index]?.messages[0]?.text ?? '') : '';
}

function createChoice<T>(index: number, text: string, finish_reason: T) {
  return { index, text, logprobs: null, finish_reason };
}

function toFinishReason({ finishReason, refused }: StubReply): 'stop' | 'length' | 'content_filter' {
  if (refused) return 'content_filter';
  return finishReason === 'length' ? 'length' : 'stop';
}

function createEnvelope({ model }: StubCompletionRequest) {
  const created = Math.floor(Date.now() / 1000);
  return { id: `cmpl-stub-${crypto.randomUUID()}`, object: 'text_completion' as const, created, model };
}

function sumUsage(replies: readonly StubReply[]) {
  const prompt_tokens = replies.reduce((sum, reply) => sum + reply.promptTokens, 0);
  const completion_tokens = replies.reduce((sum, reply) => sum + reply.completionTokens, 0);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
