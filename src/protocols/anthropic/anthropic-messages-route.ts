import { stream } from '../../gateway/chat-stream.ts';
import { chooseProvider } from '../../gateway/choose-provider.ts';
import { complete } from '../../gateway/complete.ts';
import { estimateInput } from '../../gateway/estimate-input-tokens.ts';
import type { ChosenProvider, GatewayDependencies, GatewayRequest } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { readJsonObject } from '../../http/read-json-body.ts';
import { toDataEvent } from '../../http/sse-writer.ts';
import { hasWord } from '../../lib/edit-json-object.ts';
import { gatewayRequest, noteAnswer } from '../create-gateway-request.ts';
import { passOn } from '../passthrough.ts';
import { withModel } from '../set-model.ts';
import { answerStream } from '../stream-response.ts';
import { toAnthropicError } from './encode-anthropic-error.ts';
import { toMessage } from './encode-anthropic-message.ts';
import { MessageEvents, pingEvent } from './encode-anthropic-stream.ts';
import { inClientWords } from './map-anthropic-error-path.ts';
import { readMessagesOptions, toChatCall } from './parse-anthropic-request.ts';

type Body = Readonly<Record<string, unknown>>;

/** `POST /v1/messages`, as Anthropic's, for any provider: passed through to Claude, else translated. */
export function messages(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readJsonObject(context.req);
    const options = readMessagesOptions(body);
    const source = options.stream ? 'stream' : 'sync';
    const request = gatewayRequest(context, { source, ...gateway.registry.parseModel(options.model) });
    const chosen = await chooseProvider(gateway, request);
    const endpoint = chosen.provider.endpoints?.messages;
    if (!endpoint) {
      return await translate(context, gateway, { request, chosen, body, stream: options.stream }).catch((thrown) => {
        throw inClientWords(thrown, body);
      });
    }
    return await passOn(context, gateway, {
      ...request,
      chosen,
      endpoint,
      body: withModel(text, body, chosen.model),
      headers: protocolHeaders(context),
      stream: options.stream,
      hidesUsage: false,
      failure: (error) => `event: error\n${toDataEvent(toAnthropicError(error, request.requestId))}`,
      size: () => ({
        input: inputOf(body),
        maxOutput: options.maxTokens,
        caches: hasWord(text, body, '"cache_control"'),
      }),
    });
  };
}

export function inputOf({ messages, system, tools, output_config }: Body): number {
  return estimateInput({ messages, system, tools, format: output_config });
}

/** What a client says of the protocol beside its body. */
export function protocolHeaders({ req }: HttpContext): Record<string, string> {
  return Object.fromEntries(
    ['anthropic-version', 'anthropic-beta'].flatMap((name) => {
      const value = req.header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

interface MessagesRequest {
  readonly request: GatewayRequest;
  readonly chosen: ChosenProvider;
  readonly body: Body;
  readonly stream: boolean;
}

async function translate(
  context: HttpContext,
  gateway: GatewayDependencies,
  { request, chosen, body, stream: streamed }: MessagesRequest,
): Promise<Response> {
  const call = { ...request, chosen, call: toChatCall(body) };
  const head = { id: `msg_${request.requestId.slice('req_'.length)}`, model: chosen.model };
  if (streamed) {
    const answer = { encoder: new MessageEvents(head), keepAlive: pingEvent };
    return answerStream(context, gateway, await stream(gateway, call), answer);
  }
  const completed = await complete(gateway, call);
  noteAnswer(context, completed);
  return context.json(toMessage(completed, head));
}
