import { findOpenAiModel, type OpenAiModel } from '../models.ts';
import type { AcceptedCall, Endpoint, ProviderRequest, Refusal } from '../protocol.ts';
import { openAiRefusal, refuseIssues, writeFailure, wrongKey } from './openai-errors.ts';
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
    return { model: limits.reported, stream: stream === true, includeUsage, lastUserText, key };
  }

  return { ...wire, path: '/v1/chat/completions', accept, writeBody: writeOpenAiBody };
}

/** `POST /v1/embeddings`: two-dimensional vectors, counted at four tokens an input. */
export function openAiEmbeddings(key: string): Endpoint {
  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const body = readJson(request, key);
    if (isBodyRefused(body)) return body.refusal;
    const parsed = embeddingsBodySchema.safeParse(body.json);
    if (!parsed.success) return refuseIssues(parsed.error, body.json);
    const { model, input } = parsed.data;
    if (!model.startsWith('text-embedding-')) return unknownModel(model);
    const inputs = typeof input === 'string' ? [input] : input;
    return { model, stream: false, includeUsage: false, lastUserText: inputs[0] ?? '', key, inputCount: inputs.length };
  }

  function writeBody(_reply: unknown, { model, inputCount = 1 }: AcceptedCall): string {
    const embed = (_: unknown, index: number) => ({ object: 'embedding', index, embedding: [0.25, -0.5] });
    const data = Array.from({ length: inputCount }, embed);
    const tokens = inputCount * 4;
    return JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
  }

  return { ...wire, path: '/v1/embeddings', accept, writeBody };
}

type JsonBody = { readonly json: unknown } | { readonly refusal: Refusal };

function isBodyRefused(body: JsonBody): body is { readonly refusal: Refusal } {
  return 'refusal' in body;
}

function readJson({ headers, body }: ProviderRequest, key: string): JsonBody {
  const { authorization = '', 'content-type': contentType = '' } = headers;
  const sent = authorization.replace(/^Bearer\s+/i, '');
  if (sent === '') {
    const message =
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
    return { refusal: openAiRefusal(401, { message }) };
  }
  if (sent !== key) return { refusal: wrongKey(sent) };
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    const message = `Unsupported content type: '${contentType}'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: ${contentType}'. Please try again with a supported content type.`;
    return { refusal: openAiRefusal(415, { message, code: 'unsupported_content_type' }) };
  }
  try {
    return { json: JSON.parse(body) };
  } catch {
    const message = 'We could not parse the JSON body of your request.';
    return { refusal: openAiRefusal(400, { message }) };
  }
}

function namedModel(json: unknown): string | undefined {
  const model = typeof json === 'object' && json !== null ? Reflect.get(json, 'model') : undefined;
  return typeof model === 'string' && model !== '' ? model : undefined;
}

function unknownModel(model: string): Refusal {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return openAiRefusal(404, { message, code: 'model_not_found' });
}
