import { estimateInputTokens } from '../../gateway/estimate-input-tokens.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { GatewayRequest, Target } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';

import { setJsonProperties } from '../../lib/edit-json-object.ts';
import type { Endpoint } from '../../providers/provider.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { type PassthroughRequest, passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { createStreamResponse } from '../stream-response.ts';
import { encodeOpenAiChatCompletion } from './encode-openai-chat-completion.ts';
import { OpenAiChatStreamEncoder } from './encode-openai-chat-stream.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { mapOpenAiFunctionsError } from './map-openai-functions-error.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { type ChatOptions, parseOpenAiChatOptions } from './parse-openai-chat-options.ts';
import { parseOpenAiChatRequest } from './parse-openai-chat-request.ts';

type Body = Readonly<Record<string, unknown>>;

/** `POST /v1/chat/completions`, as OpenAI's, for any provider: passed through to one that speaks it, else translated. */
export function openAiChat(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const options = parseOpenAiChatOptions(body);
    const request = createGatewayRequest(context, {
      source: options.stream ? 'stream' : 'sync',
      ...gateway.registry.parseModel(options.model),
    });
    const target = await gateway.chooseTarget(request);
    const endpoint = target.provider.endpoints?.chat;
    if (endpoint)
      return await passthrough(context, gateway, forwarded({ request, target, endpoint, text, body, options }));
    return await translate(context, gateway, { request, target, body, options });
  };
}

interface ChatRequest {
  readonly request: GatewayRequest;
  readonly target: Target;
  readonly body: Body;
  readonly options: ChatOptions;
}

/** The body as it came, but for the model's name where that has changed, and the question for the count of tokens. */
function forwarded({
  request,
  target,
  endpoint,
  text,
  body,
  options,
}: ChatRequest & { readonly endpoint: Endpoint; readonly text: string }): PassthroughRequest {
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
    target,
    endpoint,
    body: Object.keys(changed).length === 0 ? text : setJsonProperties(text, changed),
    stream: options.stream,
    stripUsageChunk: asksForUsage,
    size: () => ({
      input: estimateInputTokens({ messages: body.messages, tools: body.tools, format: body.response_format }),
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
  { request, target, body, options }: ChatRequest,
): Promise<Response> {
  const call = { ...request, target, chat: parseOpenAiChatRequest(body) };
  const throwMapped = (thrown: unknown): never => {
    throw options.legacyFunctions ? mapOpenAiFunctionsError(thrown) : thrown;
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
