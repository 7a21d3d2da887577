import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import type { GatewayRequest, Target } from '../../gateway/gateway-request.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { createStreamResponse } from '../stream-response.ts';
import { continueStoredResponse } from './continue-stored-response.ts';
import type { createBackgroundResponder } from './create-background-response.ts';
import { createResponseSettings } from './create-response-settings.ts';
import { createStoredItems } from './create-stored-items.ts';
import { encodeOpenAiResponse } from './encode-openai-response.ts';
import { encodeOpenAiResponseEvents } from './encode-openai-response-events.ts';
import { OpenAiResponseStreamEncoder } from './encode-openai-response-stream.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openResponsesOpaqueValues } from './open-responses-opaque-values.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { createIdRecorder, rejectUnrecordedIds } from './recorded-responses.ts';
import { ResponseSaver } from './response-saver.ts';
import { type TranslatedResponsesRequest, translateOpenAiResponses } from './translate-openai-responses.ts';

const optionsSchema = z.object({
  model: optionFields.model,
  stream: optionFields.stream,
  max_output_tokens: optionFields.max_tokens,
  background: z.boolean().nullish(),
});

type BackgroundResponder = ReturnType<typeof createBackgroundResponder>;

/** `POST /v1/responses`, as OpenAI's, for any provider: passed through to one that has it, else translated. */
export function openAiResponses(gateway: Gateway, responses: ResponseStore, respondInBackground: BackgroundResponder) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const options = parseField(body, optionsSchema, []);
    if (options.background) return await respondInBackground(context, { text, body });
    const stream = options.stream ?? false;
    const model = options.model ?? undefined;
    const source = stream ? 'stream' : 'sync';
    const reductionHint = createReductionHint(body, ['max_output_tokens']);
    const request = createGatewayRequest(context, {
      source,
      reductionHint,
      ...gateway.registry.parseModel(model, context.get('principal')),
    });
    const target = await gateway.chooseTarget(request);
    const endpoint = target.provider.endpoints?.responses;
    if (!endpoint) {
      const translated = await translateOpenAiResponses(context, responses, {
        compactions: gateway.compactions,
        target,
        text,
        body,
      });
      const saver = createSaver(context, responses, { request, translated });
      return await sendTranslated(context, gateway, { request, target, translated, stream, saver });
    }
    const { tenantId } = context.get('principal');
    const continued = await continueStoredResponse(responses, tenantId, { text, body });
    const plain = await openResponsesOpaqueValues(context, gateway.compactions, continued);
    const passed = { responses, tenantId, target, body: continued.body };
    await rejectUnrecordedIds(passed);
    return await passthrough(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(plain.text, plain.body, target.model),
      stream,
      stripUsageChunk: false,
      beforeEnd: createIdRecorder(passed),
      encodeReply: encodeOpenAiResponseEvents,
      size: () => ({
        input: readPrompt(plain.body, plain.text),
        maxOutput: options.max_output_tokens ?? undefined,
        unpriced: hasUnlistedPrice(body, text),
      }),
    });
  };
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
    readonly target: Target;
    readonly stream: boolean;
    readonly saver: ResponseSaver | undefined;
  },
): Promise<Response> {
  const { request, target, saver, translated } = call;
  const { body, chat, fields, toolNames, previousResponseId, mapError } = translated;
  const chatRequest = { ...request, target, chat, takesOpaqueValues: true };
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
