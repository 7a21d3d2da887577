import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import type { GatewayRequest } from '../../gateway/gateway-request.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { HttpContext } from '../../http/context.ts';
import type { Endpoint } from '../../providers/provider.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { applyRoute } from '../apply-route.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passAttempt } from '../passthrough.ts';
import { readModels } from '../read-models.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { runRequest } from '../run-request.ts';
import { setModel } from '../set-model.ts';
import { createStreamResponse } from '../stream-response.ts';
import type { createBackgroundResponder } from './create-background-response.ts';
import { createResponseSettings } from './create-response-settings.ts';
import { createStoredItems } from './create-stored-items.ts';
import { encodeOpenAiResponse } from './encode-openai-response.ts';
import { encodeOpenAiResponseEvents } from './encode-openai-response-events.ts';
import { OpenAiResponseStreamEncoder } from './encode-openai-response-stream.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { responsesParamFields } from './openai-param-fields.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { preparePassedResponse } from './prepare-passed-response.ts';
import { createIdRecorder } from './recorded-responses.ts';
import { ResponseSaver } from './response-saver.ts';
import { type TranslatedResponsesRequest, translateOpenAiResponses } from './translate-openai-responses.ts';

const optionsSchema = z.object({
  model: optionFields.model,
  stream: optionFields.stream,
  max_output_tokens: optionFields.max_tokens,
  background: z.boolean().nullish(),
});

type Body = Readonly<Record<string, unknown>>;

type BackgroundResponder = ReturnType<typeof createBackgroundResponder>;

/** `POST /v1/responses`, as OpenAI's, for any provider: passed through to one that has it, else translated. */
export function openAiResponses(gateway: Gateway, responses: ResponseStore, respondInBackground: BackgroundResponder) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context, { takesModels: true });
    const options = parseField(body, optionsSchema, []);
    if (options.background) return await respondInBackground(context, { text, body });
    const stream = options.stream ?? false;
    const model = options.model ?? undefined;
    const source = stream ? 'stream' : 'sync';
    const reductionHint = createReductionHint(body, ['max_output_tokens']);
    const models = readModels(context, gateway, body, model);
    const requested = {
      source,
      reductionHint,
      models,
      ...gateway.registry.parseModel(model, context.get('principal')),
    } as const;
    const request = createGatewayRequest(context, requested, body);
    return await runRequest(context, gateway, { request, body, storesByDefault: true }, async (targeted) => {
      const routed = applyRoute({ text, body }, targeted, responsesParamFields);
      const call = { request: targeted, ...routed, stream };
      const endpoint = targeted.target.provider.endpoints?.responses;
      if (endpoint) return await sendPassed(context, gateway, responses, call, endpoint);
      const translated = await translateOpenAiResponses(context, responses, {
        compactions: gateway.compactions,
        target: targeted.target,
        ...routed,
      });
      const saver = createSaver(context, responses, { request, translated });
      return await sendTranslated(context, gateway, { request: targeted, translated, stream, saver });
    });
  };
}

async function sendPassed(
  context: HttpContext,
  gateway: Gateway,
  responses: ResponseStore,
  { request, text, body, stream }: { request: TargetedRequest; text: string; body: Body; stream: boolean },
  endpoint: Endpoint,
): Promise<Response> {
  const { target } = request;
  const { tenantId } = context.get('principal');
  const passed = { responses, tenantId, target, text, body };
  const plain = await preparePassedResponse(context, gateway.compactions, passed);
  return await passAttempt(context, gateway, {
    ...request,
    protocol: openAiProtocol,
    endpoint,
    body: setModel(plain.text, plain.body, target.model),
    stream,
    stripUsageChunk: false,
    beforeEnd: createIdRecorder(passed),
    encodeReply: encodeOpenAiResponseEvents,
    size: () => ({
      input: readPrompt(plain.body, plain.text),
      maxOutput: parseField(body, optionsSchema, []).max_output_tokens ?? undefined,
      unpriced: hasUnlistedPrice(body, text),
    }),
  });
}

interface ResponsesCall {
  readonly request: GatewayRequest;
  readonly translated: TranslatedResponsesRequest;
}

/** Returns what stores the reply, as OpenAI does unless `store` is false; undefined where it is not stored. */
function createSaver(
  context: HttpContext,
  responses: ResponseStore,
  { request, translated: { body, fields, translation } }: ResponsesCall,
): ResponseSaver | undefined {
  const principal = context.get('principal');
  const isEnabled = responses.isEnabled(principal);
  if (fields.store && !isEnabled) translation.adjust(['store']);
  if (!isEnabled || fields.store === false) return undefined;
  const input = createStoredItems(body.input, toIdSuffix(request));
  return new ResponseSaver({ responses, tenantId: principal.tenantId, input, translation });
}

async function sendTranslated(
  context: HttpContext,
  gateway: Gateway,
  call: ResponsesCall & {
    readonly request: TargetedRequest;
    readonly stream: boolean;
    readonly saver: ResponseSaver | undefined;
  },
): Promise<Response> {
  const { request, saver, translated } = call;
  const { target } = request;
  const { body, chat, fields, toolNames, previousResponseId, mapError } = translated;
  const chatRequest = { ...request, chat, takesOpaqueValues: true };
  const throwMapped = (thrown: unknown): never => {
    throw mapError(thrown);
  };
  const head = {
    idSuffix: toIdSuffix(request),
    model: target.model,
    createdAtMs: gateway.now(),
    now: gateway.now,
    previousResponseId,
    store: saver !== undefined,
    settings: createResponseSettings(fields, body),
    toolNames,
  };
  if (call.stream) {
    const encoder = new OpenAiResponseStreamEncoder(head, saver && ((response) => saver.save(response)));
    return createStreamResponse(context, gateway, await gateway.stream(chatRequest).catch(throwMapped), { encoder });
  }
  const completed = await gateway.complete(chatRequest).catch(throwMapped);
  context.set('report', completed.report);
  const response = encodeOpenAiResponse(completed, head);
  return context.json(saver ? { ...response, store: await saver.save(response) } : response);
}

/** What `resp_`, `msg_` and the other ids of a reply are made of. */
function toIdSuffix({ requestId }: Pick<GatewayRequest, 'requestId'>): string {
  return requestId.slice('req_'.length);
}
