import type { Gateway } from '../../gateway/gateway.ts';
import type { ChatGatewayRequest } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { eventStreamHeaders } from '../../http/sse-writer.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { createStreamResponse } from '../stream-response.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { encodeGeminiResponse, type GeminiResponseOptions } from './encode-gemini-response.ts';
import { GeminiStreamEncoder } from './encode-gemini-stream.ts';
import { geminiPolicy } from './gemini-field-policy.ts';
import { isObject } from './gemini-field-schemas.ts';
import { mapGeminiErrorPath, mapGeminiPath } from './map-gemini-path.ts';
import { type GeminiRequest, parseGeminiRequest } from './parse-gemini-request.ts';
import { readGeminiBody, readGeminiModel } from './read-gemini-request.ts';

/** `POST /v1beta/models/{model}:generateContent`, as Google's, translated for any provider. */
export function geminiGenerateContent(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { call, options, throwMapped } = await readCall(context, gateway, 'sync');
    const completed = await gateway.complete(call).catch(throwMapped);
    context.set('report', completed.report);
    return context.json(encodeGeminiResponse(completed, options));
  };
}

/** `POST /v1beta/models/{model}:streamGenerateContent`: events with `alt=sse`, else a JSON array that grows. */
export function geminiStreamGenerateContent(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const alt = context.req.query('alt') ?? context.req.query('$alt');
    const format = alt?.toLowerCase() === 'sse' ? 'events' : 'array';
    const { call, options, throwMapped } = await readCall(context, gateway, 'stream');
    return createStreamResponse(context, gateway, await gateway.stream(call).catch(throwMapped), {
      encoder: new GeminiStreamEncoder({ ...options, format }),
      // Clients in Go and Python fail at a comment, and the one in JavaScript loses the event behind it.
      keepAlive: '',
      headers:
        format === 'array' ? { ...eventStreamHeaders, 'content-type': 'application/json; charset=utf-8' } : undefined,
    });
  };
}

interface GeminiCall {
  readonly call: ChatGatewayRequest;
  readonly options: GeminiResponseOptions;
  /** Throws an error with the fields that the client knows. */
  readonly throwMapped: (thrown: unknown) => never;
}

async function readCall(context: HttpContext, gateway: Gateway, source: 'sync' | 'stream'): Promise<GeminiCall> {
  const body = await readGeminiBody(context, geminiPolicy);
  const request = createGatewayRequest(context, {
    source,
    reductionHint: createReductionHint(body.generationConfig),
    ...gateway.registry.parseModel(readGeminiModel(context), context.get('principal')),
  });
  const target = await gateway.chooseTarget(request);
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
  const call = { ...request, target, chat: { ...parsed.chat, translation }, takesOpaqueValues: true };
  return { call, options, throwMapped };
}

/** Returns how the client makes its request smaller. */
function createReductionHint(config: unknown): string {
  const field = 'generationConfig.maxOutputTokens';
  return isObject(config) && typeof config.maxOutputTokens === 'number' ? `lower ${field}` : `set ${field}`;
}
