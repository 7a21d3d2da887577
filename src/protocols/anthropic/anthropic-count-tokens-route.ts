import { chooseProvider } from '../../gateway/choose-provider.ts';
import { sizeOf } from '../../gateway/estimate-input-tokens.ts';
import type { GatewayDependencies } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { readJsonObject } from '../../http/read-json-body.ts';
import { gatewayRequest } from '../create-gateway-request.ts';
import { passOn } from '../passthrough.ts';
import { withModel } from '../set-model.ts';
import { protocolHeaders } from './anthropic-messages-route.ts';
import { readMessagesOptions, toCountTokensCall } from './parse-anthropic-request.ts';

/**
 * `POST /v1/messages/count_tokens`, as Anthropic's. Claude counts itself, for nothing; for any other provider the answer is an
 * estimate and says so: `{"input_tokens":12,"estimated":true}`.
 */
export function countTokens(gateway: GatewayDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readJsonObject(context.req);
    const { model } = readMessagesOptions(body);
    const request = gatewayRequest(context, { source: 'sync', ...gateway.registry.parseModel(model) });
    const chosen = await chooseProvider(gateway, request);
    const endpoint = chosen.provider.endpoints?.countTokens;
    if (!endpoint) return context.json({ input_tokens: sizeOf(toCountTokensCall(body)).input, estimated: true });
    return await passOn(context, gateway, {
      ...request,
      chosen,
      endpoint,
      body: withModel(text, body, chosen.model),
      headers: protocolHeaders(context),
      stream: false,
      hidesUsage: false,
      failure: () => '',
      size: () => ({ input: 0, maxOutput: 0 }),
    });
  };
}
