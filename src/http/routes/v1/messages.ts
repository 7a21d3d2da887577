import { hasWord, withMembers } from '../../../core/json-members.ts';
import type { ChosenProvider, GatewayDependencies, GatewayRequest } from '../../../gateway/call-request.ts';
import { estimateInput } from '../../../gateway/call-size.ts';
import { chooseProvider } from '../../../gateway/choose-provider.ts';
import { complete } from '../../../gateway/complete.ts';
import { stream } from '../../../gateway/stream.ts';
import { answerStream } from '../../answer-stream.ts';
import { toAnthropicError } from '../../anthropic/anthropic-error.ts';
import { inClientWords } from '../../anthropic/in-client-words.ts';
import { toMessage } from '../../anthropic/message.ts';
import { MessageEvents, pingEvent } from '../../anthropic/message-events.ts';
import { readMessagesOptions, toChatCall } from '../../anthropic/messages-body.ts';
import type { HttpContext } from '../../context.ts';
import { passOn } from '../../forwarded.ts';
import { gatewayRequest, noteAnswer } from '../../gateway-request.ts';
import { readJsonObject } from '../../parse-json.ts';
import { toDataEvent } from '../../sse-writer.ts';

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

/** The body as it came, but for the model's name where that has changed. */
export function withModel(text: string, body: Body, model: string): string {
  return body.model === model ? text : withMembers(text, { model: JSON.stringify(model) });
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
