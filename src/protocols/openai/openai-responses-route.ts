import * as z from 'zod';
import { invalidFieldError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { GatewayRequest, Target } from '../../gateway/gateway-request.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { createStreamResponse } from '../stream-response.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { createResponseSettings } from './create-response-settings.ts';
import { encodeOpenAiResponse } from './encode-openai-response.ts';
import { encodeOpenAiResponseEvents } from './encode-openai-response-events.ts';
import { OpenAiResponseStreamEncoder } from './encode-openai-response-stream.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { openAiResponsesPolicy } from './openai-responses-field-policy.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { parseOpenAiResponsesRequest } from './parse-openai-responses-request.ts';
import { rejectStoredResponses } from './reject-stored-responses.ts';
import { removeResponsesOpaqueValues } from './remove-openai-opaque-values.ts';
import { ResponseToolNames } from './response-tool-names.ts';
import { ResponsesRequestPaths } from './responses-request-paths.ts';

const optionsSchema = z.object({
  model: optionFields.model,
  stream: optionFields.stream,
  max_output_tokens: optionFields.max_tokens,
  background: z.boolean().nullish(),
});

type Body = Readonly<Record<string, unknown>>;

/** The fields with JSON of the client's own, whose numbers reach the provider as they are. */
const jsonFields = [
  ['tools', '*', 'parameters'],
  ['tools', '*', 'tools', '*', 'parameters'],
  ['text', 'format', 'schema'],
  // Some clients send the arguments as an object.
  ['input', '*', 'arguments'],
];

/** `POST /v1/responses`, as OpenAI's, for any provider: passed through to one that has it, else translated. */
export function openAiResponses(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const options = parseField(body, optionsSchema, []);
    if (options.background) {
      const why = 'a reply that is fetched later has no count of tokens here, and could not be billed';
      throw invalidFieldError(['background'], `must be left out, or false: ${why}. Use stream`);
    }
    const stream = options.stream ?? false;
    const model = options.model ?? undefined;
    const source = stream ? 'stream' : 'sync';
    const reductionHint = createReductionHint(body, ['max_output_tokens']);
    const request = createGatewayRequest(context, { source, reductionHint, ...gateway.registry.parseModel(model) });
    const target = await gateway.chooseTarget(request);
    const endpoint = target.provider.endpoints?.responses;
    if (!endpoint) return await translate(context, gateway, { request, target, text, body, stream });
    const plain = removeResponsesOpaqueValues(text, body);
    return await passthrough(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(plain.text, plain.body, target.model),
      stream,
      stripUsageChunk: false,
      encodeReply: encodeOpenAiResponseEvents,
      size: () => ({
        input: readPrompt(plain.body, plain.text),
        maxOutput: options.max_output_tokens ?? undefined,
        unpriced: hasUnlistedPrice(body, text),
      }),
    });
  };
}

interface ResponsesRequest {
  readonly request: GatewayRequest;
  readonly target: Target;
  readonly text: string;
  readonly body: Body;
  readonly stream: boolean;
}

async function translate(
  context: HttpContext,
  gateway: Gateway,
  { request, target, text, body, stream: streamed }: ResponsesRequest,
): Promise<Response> {
  rejectStoredResponses(body);
  keepExactNumbers(text, body, jsonFields);
  const paths = new ResponsesRequestPaths();
  const toolNames = new ResponseToolNames();
  const { body: translated, report: translation } = translateFields(context, {
    body,
    policy: openAiResponsesPolicy,
    provider: target.provider,
    mapPath: (path) => paths.map(path),
  });
  const { chat, fields } = parseTranslated(translation, () =>
    parseOpenAiResponsesRequest(translated, { toolNames, paths, translation }),
  );
  const call = { ...request, target, chat, takesOpaqueValues: true };
  const throwMapped = (thrown: unknown): never => {
    throw translation.locateError(paths.mapError(thrown));
  };
  const head = {
    idSuffix: request.requestId.slice('req_'.length),
    model: target.model,
    createdAtMs: gateway.now(),
    now: gateway.now,
    settings: createResponseSettings(fields, body),
    toolNames,
  };
  if (streamed) {
    const encoder = new OpenAiResponseStreamEncoder(head);
    return createStreamResponse(context, gateway, await gateway.stream(call).catch(throwMapped), { encoder });
  }
  const completed = await gateway.complete(call).catch(throwMapped);
  context.set('report', completed.report);
  return context.json(encodeOpenAiResponse(completed, head));
}
