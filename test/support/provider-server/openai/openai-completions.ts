import * as z from 'zod';
import type { AcceptedCall, Endpoint, Frame, ProviderRequest, Refusal, Reply } from '../protocol.ts';
import { isBodyRefused, namedModel, readJson, unknownModel } from './openai-body.ts';
import { openAiRefusal, refuseIssues, writeFailure } from './openai-errors.ts';

const bodySchema = z.looseObject({
  model: z.string(),
  prompt: z
    .union([z.string(), z.array(z.string()).min(1), z.array(z.int()).min(1), z.array(z.array(z.int())).min(1)])
    .nullish(),
  n: z.int().min(1).max(128).nullish(),
  best_of: z.int().min(1).max(20).nullish(),
  max_tokens: z.int().min(0).max(4096).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
});

const knownModels = ['gpt-3.5-turbo-instruct', 'davinci-002', 'babbage-002'];
const envelope = { id: 'cmpl-Test0001', created: 1_760_000_000, object: 'text_completion' };

/** `POST /v1/completions`: the same text for each choice of each prompt. `moreModels` are known beside OpenAI's own. */
export function openAiCompletions(key: string, moreModels: readonly string[]): Endpoint {
  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const body = readJson(request, key);
    if (isBodyRefused(body)) return body.refusal;
    const model = namedModel(body.json);
    if (model === undefined) return openAiRefusal(400, { message: 'you must provide a model parameter' });
    const parsed = bodySchema.safeParse(body.json);
    if (!parsed.success) return refuseIssues(parsed.error, body.json);
    if (![...knownModels, ...moreModels].includes(model)) return unknownModel(model);
    const { prompt, n, best_of, stream, stream_options } = parsed.data;
    if ((best_of ?? n ?? 1) < (n ?? 1)) return openAiRefusal(400, { message: 'best_of must be at least n' });
    const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt : [prompt];
    const [first] = prompts;
    return {
      model,
      stream: stream === true,
      includeUsage: stream_options?.include_usage === true,
      lastUserText: typeof first === 'string' ? first : '',
      key,
      choices: (n ?? 1) * prompts.length,
      billedChoices: (best_of ?? n ?? 1) * prompts.length,
    };
  }

  return {
    protocol: 'openai',
    path: '/v1/completions',
    streamContentType: 'text/event-stream; charset=utf-8',
    accept,
    writeBody,
    writeFrames,
    writeError: writeFailure,
    writeErrorFrame: () => `data: ${JSON.stringify(JSON.parse(writeFailure({ status: 500 })))}\n\n`,
  };
}

function writeBody(reply: Reply, call: AcceptedCall): string {
  const { model, choices = 1 } = call;
  const list = Array.from({ length: choices }, (_, index) => choice(index, reply.text.join(''), finishReason(reply)));
  return JSON.stringify({ ...envelope, model, choices: list, ...usageOf(reply, call) });
}

function writeFrames(reply: Reply, call: AcceptedCall): Frame[] {
  const { model, choices = 1, includeUsage } = call;
  const chunk = (kind: Frame['kind'], list: readonly object[], usage: object | null = null): Frame => ({
    kind,
    text: `data: ${JSON.stringify({ ...envelope, model, choices: list, ...(includeUsage && { usage }) })}\n\n`,
  });
  const indexes = Array.from({ length: choices }, (_, index) => index);
  const { usage } = usageOf(reply, call);
  return [
    ...reply.text.flatMap((text) => indexes.map((index) => chunk('content', [choice(index, text, null)]))),
    ...indexes.map((index) => chunk('end', [choice(index, '', finishReason(reply))])),
    ...(includeUsage && usage ? [chunk('end', [], usage)] : []),
    { kind: 'end', text: 'data: [DONE]\n\n' },
  ];
}

function choice(index: number, text: string, finish_reason: string | null) {
  return { index, text, logprobs: null, finish_reason };
}

function finishReason({ finish, finishReason: overruled }: Reply): string {
  return overruled ?? (finish === 'length' ? 'length' : 'stop');
}

/** The prompt counts once, each reply that was written by itself. */
function usageOf({ usage }: Reply, { billedChoices = 1 }: AcceptedCall) {
  if (!usage) return {};
  const { input = 0, output = 0 } = usage;
  const completion_tokens = output * billedChoices;
  return { usage: { prompt_tokens: input, completion_tokens, total_tokens: input + completion_tokens } };
}
