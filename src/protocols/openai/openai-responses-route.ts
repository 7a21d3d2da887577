import * as z from 'zod';
import { invalidFieldError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';

import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { encodeOpenAiResponseEvents } from './encode-openai-response-events.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { removeResponsesOpaqueValues } from './remove-openai-opaque-values.ts';

const optionsSchema = z.object({
  model: optionFields.model,
  stream: optionFields.stream,
  max_output_tokens: optionFields.max_tokens,
  background: z.boolean().nullish(),
});

/** `POST /v1/responses`, as OpenAI's, passed through to a provider that has it. There is no translation of it. */
export function openAiResponses(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const options = parseField(body, optionsSchema, []);
    if (options.background) {
      const why = 'a reply that is fetched later has no count of tokens here, and could not be billed';
      throw invalidFieldError(['background'], `must be left out, or false: ${why}. Use stream`);
    }
    const stream = options.stream ?? false;
    const model = options.model ?? undefined;
    const source = stream ? 'stream' : 'sync';
    const reductionHint = createReductionHint(body, ['max_output_tokens']);
    const request = createGatewayRequest(context, { source, reductionHint, ...gateway.registry.parseModel(model) });
    const target = await gateway.chooseTarget(request);
    const endpoint = target.provider.endpoints?.responses;
    if (!endpoint) {
      const fix = 'use /v1/chat/completions, which has every provider, or a model of OpenAI';
      throw invalidFieldError(['model'], `provider "${target.provider.id}" has no Responses: ${fix}`);
    }
    const plain = removeResponsesOpaqueValues(text, body);
    return await passthrough(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(plain.text, plain.body, target.model),
      stream,
      stripUsageChunk: false,
      encodeReply: encodeOpenAiResponseEvents,
      size: () => ({
        input: readPrompt(plain.body, plain.text),
        maxOutput: options.max_output_tokens ?? undefined,
        unpriced: hasUnlistedPrice(body, text),
      }),
    });
  };
}
