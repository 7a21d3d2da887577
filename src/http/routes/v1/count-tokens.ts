import type { GatewayDependencies } from '../../../gateway/call-request.ts';
import { sizeOf } from '../../../gateway/call-size.ts';
import { chooseProvider } from '../../../gateway/choose-provider.ts';
import { readMessagesOptions, toCountTokensCall } from '../../anthropic/messages-body.ts';
import type { HttpContext } from '../../context.ts';
import { passOn } from '../../forwarded.ts';
import { gatewayRequest } from '../../gateway-request.ts';
import { readJsonObject } from '../../parse-json.ts';
import { protocolHeaders, withModel } from './messages.ts';

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
