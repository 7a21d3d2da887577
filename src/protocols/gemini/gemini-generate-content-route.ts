import type { Gateway } from '../../gateway/gateway.ts';
import type { ChatGatewayRequest } from '../../gateway/gateway-request.ts';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { HttpContext } from '../../http/context.ts';
import { eventStreamHeaders } from '../../http/sse-writer.ts';
import { type ParamFields, selectParams } from '../apply-route.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { readModels } from '../read-models.ts';
import { runRequest } from '../run-request.ts';
import { createStreamResponse } from '../stream-response.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { encodeGeminiResponse, type GeminiResponseOptions } from './encode-gemini-response.ts';
import { GeminiStreamEncoder } from './encode-gemini-stream.ts';
import { geminiPolicy } from './gemini-field-policy.ts';
import { isObject } from './gemini-field-schemas.ts';
import { mapGeminiErrorPath, mapGeminiPath } from './map-gemini-path.ts';
import { type GeminiRequest, parseGeminiRequest } from './parse-gemini-request.ts';
import { readGeminiBody, readGeminiModel } from './read-gemini-request.ts';

type Body = Readonly<Record<string, unknown>>;

/** `POST /v1beta/models/{model}:generateContent`, as Google's, translated for any provider. */
export function geminiGenerateContent(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    return await runCall(context, gateway, 'sync', async ({ call, options, throwMapped }) => {
      const completed = await gateway.complete(call).catch(throwMapped);
      context.set('report', completed.report);
      return context.json(encodeGeminiResponse(completed, options));
    });
  };
}

/** `POST /v1beta/models/{model}:streamGenerateContent`: events with `alt=sse`, else a JSON array that grows. */
export function geminiStreamGenerateContent(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const alt = context.req.query('alt') ?? context.req.query('$alt');
    const format = alt?.toLowerCase() === 'sse' ? 'events' : 'array';
    return await runCall(context, gateway, 'stream', async ({ call, options, throwMapped }) =>
      createStreamResponse(context, gateway, await gateway.stream(call).catch(throwMapped), {
        encoder: new GeminiStreamEncoder({ ...options, format }),
        // Clients in Go and Python fail at a comment, and the one in JavaScript loses the event behind it.
        keepAlive: '',
        headers:
          format === 'array' ? { ...eventStreamHeaders, 'content-type': 'application/json; charset=utf-8' } : undefined,
      }),
    );
  };
}

interface GeminiCall {
  readonly call: ChatGatewayRequest;
  readonly options: GeminiResponseOptions;
  /** Throws an error with the fields that the client knows. */
  readonly throwMapped: (thrown: unknown) => never;
}

async function runCall(
  context: HttpContext,
  gateway: Gateway,
  source: 'sync' | 'stream',
  send: (call: GeminiCall) => Promise<Response>,
): Promise<Response> {
  const body = await readGeminiBody(context, geminiPolicy);
  const model = readGeminiModel(context);
  const request = createGatewayRequest(
    context,
    {
      source,
      reductionHint: createReductionHint(body.generationConfig),
      models: readModels(context, gateway, body, model),
      ...gateway.registry.parseModel(model, context.get('principal')),
    },
    body,
  );
  const { models: _, ...fields } = body;
  return await runRequest(context, gateway, { request, body }, (targeted) =>
    send(translate(context, targeted, applyGeminiParams(fields, targeted.series?.params))),
  );
}

function translate(context: HttpContext, request: TargetedRequest, body: Body): GeminiCall {
  const { target } = request;
  let paths: GeminiRequest['paths'] | undefined;
  const { body: fields, report: translation } = translateFields(context, {
    body,
    policy: geminiPolicy,
    provider: target.provider,
    mapPath: (path) => mapGeminiPath(path, paths),
  });
  const parsed = parseTranslated(translation, () => parseGeminiRequest(fields, translation));
  paths = parsed.paths;
  const throwMapped = (thrown: unknown): never => {
    throw translation.locateError(mapGeminiErrorPath(thrown, parsed.paths));
  };
  const options = {
    responseId: request.requestId.slice('req_'.length),
    model: target.model,
    includeThoughts: parsed.includeThoughts,
  };
  const call = { ...request, chat: { ...parsed.chat, translation }, takesOpaqueValues: true };
  return { call, options, throwMapped };
}

/** The members of `generationConfig` for the params of a route's target. */
const paramFields: ParamFields = {
  temperature: { path: ['temperature'] },
  topP: { path: ['topP'] },
  topK: { path: ['topK'] },
  maxTokens: { path: ['maxOutputTokens'] },
  stop: { path: ['stopSequences'], encode: (stop) => (Array.isArray(stop) ? stop : [stop]) },
  seed: { path: ['seed'] },
  frequencyPenalty: { path: ['frequencyPenalty'] },
  presencePenalty: { path: ['presencePenalty'] },
};

function applyGeminiParams(body: Body, params: Body | undefined): Body {
  if (!params) return body;
  const config = isObject(body.generationConfig) ? body.generationConfig : {};
  return { ...body, generationConfig: { ...config, ...selectParams(config, params, paramFields) } };
}

/** Returns how the client makes its request smaller. */
function createReductionHint(config: unknown): string {
  const field = 'generationConfig.maxOutputTokens';
  return isObject(config) && typeof config.maxOutputTokens === 'number' ? `lower ${field}` : `set ${field}`;
}
