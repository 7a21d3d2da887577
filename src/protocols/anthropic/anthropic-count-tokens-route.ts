import { estimateInputTokens, readChatPrompt } from '../../gateway/estimate-input-tokens.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { HttpContext } from '../../http/context.ts';

import { createGatewayRequest } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { translateFields } from '../translate-fields.ts';
import { anthropicCountTokensPolicy } from './anthropic-field-policy.ts';
import { anthropicProtocol } from './anthropic-protocol.ts';
import { parseAnthropicCountTokensRequest, parseAnthropicOptions } from './parse-anthropic-request.ts';
import { rejectStoredObjects } from './reject-stored-objects.ts';
import { rejectThread } from './reject-thread.ts';
import { removeAnthropicOpaqueValues } from './remove-anthropic-opaque-values.ts';

/**
 * `POST /v1/messages/count_tokens`, as Anthropic's. Claude counts itself, for nothing; for any other provider the answer is an
 * estimate and says so: `{"input_tokens":12,"estimated":true}`.
 */
export function anthropicCountTokens(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const { model } = parseAnthropicOptions(body);
    const request = createGatewayRequest(context, {
      source: 'sync',
      ...gateway.registry.parseModel(model, context.get('principal')),
    });
    const target = await gateway.chooseTarget(request);
    rejectThread(body, target);
    const endpoint = target.provider.endpoints?.countTokens;
    if (!endpoint) {
      const { provider, model } = target;
      const { body: fields } = translateFields(context, { body, policy: anthropicCountTokensPolicy, provider });
      const chat = await gateway.restoreContinuations(
        { ...request, chat: parseAnthropicCountTokensRequest(fields) },
        target,
      );
      return context.json({ input_tokens: await estimateInputTokens(readChatPrompt(chat), model), estimated: true });
    }
    rejectStoredObjects(text, body, target);
    const plain = removeAnthropicOpaqueValues(text, body);
    return await passthrough(context, gateway, {
      ...request,
      protocol: anthropicProtocol,
      target,
      endpoint,
      body: setModel(plain.text, plain.body, target.model),
      stream: false,
      stripUsageChunk: false,
      size: () => ({ input: 0, maxOutput: 0 }),
    });
  };
}
