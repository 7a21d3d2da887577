import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { HttpContext } from '../../http/context.ts';
import { jsonTextIncludes } from '../../lib/edit-json-object.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import { applyRoute, type ParamFields } from '../apply-route.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passAttempt } from '../passthrough.ts';
import { readModels } from '../read-models.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { runRequest } from '../run-request.ts';
import { setModel } from '../set-model.ts';
import { createStreamResponse } from '../stream-response.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { anthropicMessagesPolicy } from './anthropic-field-policy.ts';
import { anthropicProtocol } from './anthropic-protocol.ts';
import { encodeAnthropicMessage } from './encode-anthropic-message.ts';
import { encodeAnthropicMessageEvents } from './encode-anthropic-message-events.ts';
import { AnthropicStreamEncoder, pingEvent } from './encode-anthropic-stream.ts';
import { asksForCompaction, hasUnlistedAnthropicPrice } from './has-unlisted-anthropic-price.ts';
import { createPathMapper, mapAnthropicErrorPath } from './map-anthropic-error-path.ts';
import { parseAnthropicOptions, parseAnthropicRequest } from './parse-anthropic-request.ts';
import { rejectStoredObjects } from './reject-stored-objects.ts';
import { rejectThread } from './reject-thread.ts';
import { removeAnthropicOpaqueValues } from './remove-anthropic-opaque-values.ts';

type Body = Readonly<Record<string, unknown>>;

/** The fields with JSON of the client's own, whose numbers reach the provider as they are. */
const jsonFields = [
  ['messages', '*', 'content', '*', 'input'],
  ['tools', '*', 'input_schema'],
  ['output_config', 'format', 'schema'],
  ['output_format', 'schema'],
];

const messagesParamFields: ParamFields = {
  temperature: { path: ['temperature'] },
  topP: { path: ['top_p'] },
  topK: { path: ['top_k'] },
  maxTokens: { path: ['max_tokens'] },
  stop: { path: ['stop_sequences'], encode: (stop) => (Array.isArray(stop) ? stop : [stop]) },
  reasoningEffort: { path: ['output_config', 'effort'], aliases: ['thinking'] },
};

/** `POST /v1/messages`, as Anthropic's, for any provider: passed through to Claude, else translated. */
export function anthropicMessages(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context, { takesModels: true });
    const options = parseAnthropicOptions(body);
    const source = options.stream ? 'stream' : 'sync';
    const reductionHint = createReductionHint(body, ['max_tokens']);
    const models = readModels(context, gateway, body, options.model);
    const requested = {
      source,
      reductionHint,
      models,
      ...gateway.registry.parseModel(options.model, context.get('principal')),
    } as const;
    const request = createGatewayRequest(context, requested, body);
    return await runRequest(context, gateway, { request, body }, async (targeted) => {
      const routed = applyRoute({ text, body }, targeted, messagesParamFields);
      return await send(context, gateway, { request: targeted, ...routed, stream: options.stream });
    });
  };
}

interface MessagesRequest {
  readonly request: TargetedRequest;
  readonly text: string;
  readonly body: Body;
  readonly stream: boolean;
}

async function send(context: HttpContext, gateway: Gateway, call: MessagesRequest): Promise<Response> {
  const { request, text, body, stream } = call;
  const { target } = request;
  rejectThread(body, target);
  const endpoint = target.provider.endpoints?.messages;
  if (!endpoint) return await translate(context, gateway, call);
  rejectStoredObjects(text, body, target);
  const plain = removeAnthropicOpaqueValues(text, body);
  const isMarked = request.series?.promptCache === 'auto';
  const marked = (isMarked && endpoint.markPromptCache?.(plain.text, plain.body)) || plain.text;
  return await passAttempt(context, gateway, {
    ...request,
    protocol: anthropicProtocol,
    endpoint,
    body: setModel(marked, plain.body, target.model),
    stream,
    stripUsageChunk: false,
    encodeReply: encodeAnthropicMessageEvents,
    size: () => ({
      input: readPrompt(plain.body, plain.text),
      maxOutput: parseAnthropicOptions(body).maxTokens,
      caches: isMarked || jsonTextIncludes(text, body, '"cache_control"'),
      // The beta feature of some models whose window is smaller otherwise.
      minContextWindow: context.req.header('anthropic-beta')?.includes('context-1m') ? 1_000_000 : undefined,
      compacts: asksForCompaction(body),
      unpriced: hasUnlistedAnthropicPrice(body, text),
    }),
  });
}

async function translate(
  context: HttpContext,
  gateway: Gateway,
  { request, text, body, stream: streamed }: MessagesRequest,
): Promise<Response> {
  const { target } = request;
  keepExactNumbers(text, body, jsonFields);
  let mapFieldPath: ReturnType<typeof createPathMapper> | undefined;
  const { body: fields, report: translation } = translateFields(context, {
    body,
    policy: anthropicMessagesPolicy,
    provider: target.provider,
    mapPath: (path) => {
      mapFieldPath ??= createPathMapper(fields);
      return mapFieldPath(path);
    },
  });
  const parsed = parseTranslated(translation, () => parseAnthropicRequest(fields));
  const call = { ...request, chat: { ...parsed, translation }, takesOpaqueValues: true };
  const throwMapped = (thrown: unknown): never => {
    throw translation.locateError(mapAnthropicErrorPath(thrown, fields));
  };
  const head = { id: `msg_${request.requestId.slice('req_'.length)}`, model: target.model };
  if (streamed) {
    const answer = { encoder: new AnthropicStreamEncoder(head), keepAlive: pingEvent };
    return createStreamResponse(context, gateway, await gateway.stream(call).catch(throwMapped), answer);
  }
  const completed = await gateway.complete(call).catch(throwMapped);
  context.set('report', completed.report);
  return context.json(encodeAnthropicMessage(completed, head));
}
