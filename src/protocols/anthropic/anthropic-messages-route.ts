import { estimateInputTokens } from '../../gateway/estimate-input-tokens.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { GatewayRequest, Target } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';

import { jsonTextIncludes } from '../../lib/edit-json-object.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { createStreamResponse } from '../stream-response.ts';
import { anthropicProtocol } from './anthropic-protocol.ts';
import { encodeAnthropicMessage } from './encode-anthropic-message.ts';
import { AnthropicStreamEncoder, pingEvent } from './encode-anthropic-stream.ts';
import { mapAnthropicErrorPath } from './map-anthropic-error-path.ts';
import { parseAnthropicOptions, parseAnthropicRequest } from './parse-anthropic-request.ts';

type Body = Readonly<Record<string, unknown>>;

/** `POST /v1/messages`, as Anthropic's, for any provider: passed through to Claude, else translated. */
export function anthropicMessages(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const options = parseAnthropicOptions(body);
    const source = options.stream ? 'stream' : 'sync';
    const request = createGatewayRequest(context, { source, ...gateway.registry.parseModel(options.model) });
    const target = await gateway.chooseTarget(request);
    const endpoint = target.provider.endpoints?.messages;
    if (!endpoint) {
      return await translate(context, gateway, { request, target, body, stream: options.stream });
    }
    return await passthrough(context, gateway, {
      ...request,
      protocol: anthropicProtocol,
      target,
      endpoint,
      body: setModel(text, body, target.model),
      headers: protocolHeaders(context),
      stream: options.stream,
      stripUsageChunk: false,
      size: () => ({
        input: inputOf(body),
        maxOutput: options.maxTokens,
        caches: jsonTextIncludes(text, body, '"cache_control"'),
      }),
    });
  };
}

export function inputOf({ messages, system, tools, output_config }: Body): number {
  return estimateInputTokens({ messages, system, tools, format: output_config });
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
  readonly target: Target;
  readonly body: Body;
  readonly stream: boolean;
}

async function translate(
  context: HttpContext,
  gateway: Gateway,
  { request, target, body, stream: streamed }: MessagesRequest,
): Promise<Response> {
  const call = { ...request, target, chat: parseAnthropicRequest(body) };
  const throwMapped = (thrown: unknown): never => {
    throw mapAnthropicErrorPath(thrown, body);
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
