import { findOpenAiModel, type OpenAiModel } from '../models.ts';
import type { AcceptedCall, Endpoint, ProviderRequest, Refusal } from '../protocol.ts';
import { askedOfOpenAi, hasLegacyFunctions } from './openai-asked.ts';
import { isBodyRefused, namedModel, readJson, unknownModel } from './openai-body.ts';
import { openAiRefusal, refuseIssues, writeFailure } from './openai-errors.ts';
import { writeOpenAiBody, writeOpenAiFrames } from './openai-replies.ts';
import { refuseByRule } from './openai-rules.ts';
import { embeddingsBodySchema, openAiBodySchema } from './openai-schema.ts';

/** Models of an OpenAI-compatible vendor: taken without OpenAI's own limits. */
const unlimited = { reasoning: false, takesStop: true, maxOutputTokens: Number.POSITIVE_INFINITY };

const wire = {
  protocol: 'openai',
  streamContentType: 'text/event-stream; charset=utf-8',
  writeFrames: writeOpenAiFrames,
  writeError: writeFailure,
  writeErrorFrame: () => `data: ${JSON.stringify(JSON.parse(writeFailure({ status: 500 })))}\n\n`,
} as const;

/** `POST /v1/chat/completions`. `moreModels` are known beside OpenAI's own. */
export function openAiChat(key: string, moreModels: readonly string[]): Endpoint {
  const findModel = (name: string): OpenAiModel | undefined =>
    moreModels.includes(name) ? { ...unlimited, reported: name } : findOpenAiModel(name);

  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const body = readJson(request, key);
    if (isBodyRefused(body)) return body.refusal;
    const model = namedModel(body.json);
    if (model === undefined) return openAiRefusal(400, { message: 'you must provide a model parameter' });
    const parsed = openAiBodySchema.safeParse(body.json);
    if (!parsed.success) return refuseIssues(parsed.error, body.json);
    const limits = findModel(model);
    if (!limits) return unknownModel(model);
    const refusal = refuseByRule(parsed.data, limits);
    if (refusal) return refusal;
    const { stream, stream_options, messages } = parsed.data;
    const lastUser = messages.findLast((message) => message.role === 'user')?.content ?? '';
    const lastUserText =
      typeof lastUser === 'string'
        ? lastUser
        : lastUser.map((part) => (part.type === 'text' ? part.text : '')).join('');
    const includeUsage = stream_options?.include_usage === true;
    const modelRequest = askedOfOpenAi(parsed.data);
    const legacyFunctions = hasLegacyFunctions(parsed.data);
    const flags = { stream: stream === true, includeUsage, legacyFunctions };
    return { model: limits.reported, ...flags, lastUserText, key, modelRequest };
  }

  return { ...wire, path: '/v1/chat/completions', accept, writeBody: writeOpenAiBody };
}

/** Ollama has the same endpoint, and asks for no key. */
const ollamaEmbeddingModel = 'nomic-embed-text';

/** `POST /v1/embeddings`: two-dimensional vectors, counted at four tokens an input. */
export function openAiEmbeddings(key: string): Endpoint {
  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const isOllama = request.headers.authorization === undefined && request.body.includes(ollamaEmbeddingModel);
    const headers = { ...request.headers, ...(isOllama && { authorization: key }) };
    const body = readJson({ ...request, headers }, key);
    if (isBodyRefused(body)) return body.refusal;
    const parsed = embeddingsBodySchema.safeParse(body.json);
    if (!parsed.success) return refuseIssues(parsed.error, body.json);
    const { model, input } = parsed.data;
    if (!model.startsWith(isOllama ? ollamaEmbeddingModel : 'text-embedding-')) return unknownModel(model);
    const inputs = typeof input === 'string' || input.every((token) => typeof token === 'number') ? [input] : input;
    const lastUserText = typeof inputs[0] === 'string' ? inputs[0] : '';
    return { model, stream: false, includeUsage: false, lastUserText, key, inputCount: inputs.length };
  }

  function writeBody(_reply: unknown, { model, inputCount = 1 }: AcceptedCall): string {
    const embed = (_: unknown, index: number) => ({ object: 'embedding', index, embedding: [0.25, -0.5] });
    const data = Array.from({ length: inputCount }, embed);
    const tokens = inputCount * 4;
    return JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
  }

  return { ...wire, path: '/v1/embeddings', accept, writeBody };
}
