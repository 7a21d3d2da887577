import { stream } from '../../gateway/chat-stream.ts';
import { chooseProvider } from '../../gateway/choose-provider.ts';
import { complete } from '../../gateway/complete.ts';
import { estimateInput } from '../../gateway/estimate-input-tokens.ts';
import type { ChosenProvider, GatewayDependencies, GatewayRequest } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { readJsonObject } from '../../http/read-json-body.ts';
import { toDataEvent } from '../../http/sse-writer.ts';
import { withMembers } from '../../lib/edit-json-object.ts';
import type { Endpoint } from '../../providers/provider.ts';
import { gatewayRequest, noteAnswer } from '../create-gateway-request.ts';
import { type Forwarded, passOn } from '../passthrough.ts';
import { answerStream } from '../stream-response.ts';
import { toChatCompletion } from './encode-openai-chat-completion.ts';
import { ChatChunks } from './encode-openai-chat-stream.ts';
import { toOpenAiError } from './encode-openai-error.ts';
import { hasOtherPrice } from './has-unlisted-openai-price.ts';
import { type ChatOptions, readChatOptions } from './parse-openai-chat-options.ts';
import { toChatCall } from './parse-openai-chat-request.ts';
import { inWordsOfFunctions } from './parse-openai-tools.ts';

type Body = Readonly<Record<string, unknown>>;

/** `POST /v1/chat/completions`, as OpenAI's, for any provider: passed through to one that speaks it, else translated. */
export function openAiChatCompletions(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readJsonObject(context.req);
    const options = readChatOptions(body);
    const request = gatewayRequest(context, {
      source: options.stream ? 'stream' : 'sync',
      ...gateway.registry.parseModel(options.model),
    });
    const chosen = await chooseProvider(gateway, request);
    const endpoint = chosen.provider.endpoints?.chat;
    if (endpoint) return await passOn(context, gateway, forwarded({ request, chosen, endpoint, text, body, options }));
    const translated = translate(context, gateway, { request, chosen, body, options });
    return await (options.legacyFunctions
      ? translated.catch((thrown) => {
          throw inWordsOfFunctions(thrown);
        })
      : translated);
  };
}

interface ChatRequest {
  readonly request: GatewayRequest;
  readonly chosen: ChosenProvider;
  readonly body: Body;
  readonly options: ChatOptions;
}

/** The body as it came, but for the model's name where that has changed, and the question for the count of tokens. */
function forwarded({
  request,
  chosen,
  endpoint,
  text,
  body,
  options,
}: ChatRequest & { readonly endpoint: Endpoint; readonly text: string }): Forwarded {
  const asksForUsage = options.stream && !options.includeUsage && endpoint.asksForUsage === true;
  const changed = {
    ...(body.model === chosen.model ? {} : { model: JSON.stringify(chosen.model) }),
    ...(asksForUsage
      ? { stream_options: JSON.stringify({ ...toObject(body.stream_options), include_usage: true }) }
      : {}),
  };
  return {
    ...request,
    chosen,
    endpoint,
    body: Object.keys(changed).length === 0 ? text : withMembers(text, changed),
    stream: options.stream,
    hidesUsage: asksForUsage,
    failure: (error) => toDataEvent(toOpenAiError(error)),
    size: () => ({
      input: estimateInput({ messages: body.messages, tools: body.tools, format: body.response_format }),
      maxOutput: options.maxTokens,
      replies: options.replies,
      unpriced: hasOtherPrice(body, text),
    }),
  };
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

async function translate(
  context: HttpContext,
  gateway: GatewayDependencies,
  { request, chosen, body, options }: ChatRequest,
): Promise<Response> {
  const call = { ...request, chosen, call: toChatCall(body) };
  const head = {
    id: `chatcmpl-${request.requestId.slice('req_'.length)}`,
    created: Math.floor(gateway.now() / 1000),
    model: chosen.model,
    legacyFunctions: options.legacyFunctions,
  };
  if (options.stream) {
    const encoder = new ChatChunks({ ...head, includeUsage: options.includeUsage });
    return answerStream(context, gateway, await stream(gateway, call), { encoder });
  }
  const completed = await complete(gateway, call);
  noteAnswer(context, completed);
  return context.json(toChatCompletion(completed, head));
}
