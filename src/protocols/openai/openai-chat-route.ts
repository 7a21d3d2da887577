import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { HttpContext } from '../../http/context.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import { keepExactNumbers } from '../../lib/exact-json.ts';
import type { Endpoint } from '../../providers/provider.ts';
import { applyRoute } from '../apply-route.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { type PassthroughRequest, passAttempt } from '../passthrough.ts';
import { readModels } from '../read-models.ts';
import { runRequest } from '../run-request.ts';
import { createStreamResponse } from '../stream-response.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { encodeOpenAiChatCompletion } from './encode-openai-chat-completion.ts';
import { OpenAiChatStreamEncoder } from './encode-openai-chat-stream.ts';
import { encodeOpenAiCompletionEvents } from './encode-openai-completion-events.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { mapOpenAiChatPath } from './map-openai-chat-path.ts';
import { mapOpenAiFunctionsError } from './map-openai-functions-error.ts';
import { openAiChatPolicy, openAiWholeChatPolicy } from './openai-field-policy.ts';
import { createChatParamFields } from './openai-param-fields.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { type ChatOptions, parseOpenAiChatOptions } from './parse-openai-chat-options.ts';
import { parseOpenAiChatRequest } from './parse-openai-chat-request.ts';
import { readOpenAiBody } from './read-openai-body.ts';
import { rejectStoredFilesOfChat } from './reject-openai-stored-objects.ts';
import { removeOpenAiOpaqueValues } from './remove-openai-opaque-values.ts';

type Body = Readonly<Record<string, unknown>>;

/** The fields with JSON of the client's own, whose numbers reach the provider as they are. */
const jsonFields = [
  ['tools', '*', 'function', 'parameters'],
  ['functions', '*', 'parameters'],
  ['response_format', 'json_schema', 'schema'],
  // Some clients send the arguments as an object.
  ['messages', '*', 'tool_calls', '*', 'function', 'arguments'],
  ['messages', '*', 'function_call', 'arguments'],
];

/** `POST /v1/chat/completions` and Azure's path for it, as OpenAI's, for any provider: passed through to one that speaks it, else translated. */
export function openAiChat(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readOpenAiBody(context, { takesModels: true });
    const options = parseOpenAiChatOptions(body);
    const request = createGatewayRequest(
      context,
      {
        source: options.stream ? 'stream' : 'sync',
        reductionHint: createReductionHint(body, ['max_completion_tokens', 'max_tokens']),
        models: readModels(context, gateway, body, options.model),
        ...gateway.registry.parseModel(options.model, context.get('principal')),
      },
      body,
    );
    return await runRequest(context, gateway, { request, body }, async (targeted) => {
      const { target, series } = targeted;
      const routed = series ? applyRoute({ text, body }, targeted, createChatParamFields(target)) : { text, body };
      const ownOptions = routed.body === body ? options : parseOpenAiChatOptions(routed.body);
      return await send(context, gateway, { request: targeted, ...routed, options: ownOptions });
    });
  };
}

async function send(context: HttpContext, gateway: Gateway, call: ChatRequest): Promise<Response> {
  const { request, text, body } = call;
  const { provider, model } = request.target;
  const endpoint = provider.endpoints?.chat;
  if (!endpoint) return await translate(context, gateway, call);
  rejectStoredFilesOfChat({ text, body }, request.target);
  const placeholder = provider.placeholderSignature?.(model);
  const plain = removeOpenAiOpaqueValues(text, body, { placeholder, keepsReasoning: provider.wantsReasoning });
  return await passAttempt(context, gateway, forwarded({ ...call, endpoint, ...plain }));
}

interface ChatRequest {
  readonly request: TargetedRequest;
  readonly text: string;
  readonly body: Body;
  readonly options: ChatOptions;
}

/** The body, but for the model's name where that has changed, and the question for the count of tokens. */
function forwarded({
  request,
  endpoint,
  text,
  body,
  options,
}: ChatRequest & { readonly endpoint: Endpoint }): PassthroughRequest {
  const { target } = request;
  const asksForUsage = options.stream && !options.includeUsage && endpoint.needsIncludeUsage === true;
  const changed = {
    ...(body.model === target.model ? {} : { model: JSON.stringify(target.model) }),
    ...(asksForUsage
      ? { stream_options: JSON.stringify({ ...toObject(body.stream_options), include_usage: true }) }
      : {}),
  };
  return {
    ...request,
    protocol: openAiProtocol,
    endpoint,
    body: Object.keys(changed).length === 0 ? text : setJsonProperties(text, changed),
    stream: options.stream,
    stripUsageChunk: asksForUsage,
    replies: options.replies,
    encodeReply: (reply) => encodeOpenAiCompletionEvents(reply, options.includeUsage),
    size: () => ({
      input: readPrompt(body, text),
      maxOutput: options.maxTokens,
      replies: options.replies,
      unpriced: hasUnlistedPrice(body, text),
    }),
  };
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

async function translate(
  context: HttpContext,
  gateway: Gateway,
  { request, text, body, options }: ChatRequest,
): Promise<Response> {
  const { target } = request;
  keepExactNumbers(text, body, jsonFields);
  const { body: fields, report: translation } = translateFields(context, {
    body,
    policy: options.stream ? openAiChatPolicy : openAiWholeChatPolicy,
    provider: target.provider,
    mapPath: (path) => mapOpenAiChatPath(path, fields),
  });
  const chat = parseTranslated(translation, () => parseOpenAiChatRequest(fields, translation));
  const call = { ...request, chat, takesOpaqueValues: true };
  const throwMapped = (thrown: unknown): never => {
    throw translation.locateError(options.legacyFunctions ? mapOpenAiFunctionsError(thrown) : thrown);
  };
  const head = {
    id: `chatcmpl-${request.requestId.slice('req_'.length)}`,
    created: Math.floor(gateway.now() / 1000),
    model: target.model,
    legacyFunctions: options.legacyFunctions,
  };
  if (options.stream) {
    const encoder = new OpenAiChatStreamEncoder({ ...head, includeUsage: options.includeUsage });
    return createStreamResponse(context, gateway, await gateway.stream(call).catch(throwMapped), { encoder });
  }
  const completed = await gateway.complete(call).catch(throwMapped);
  context.set('report', completed.report);
  return context.json(encodeOpenAiChatCompletion(completed, head));
}
