import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { chooseOpenAiEndpoint } from './find-openai-endpoint.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';

const optionsSchema = z.object({ model: optionFields.model });

/** What OpenAI takes where a request names none, as most do. */
const defaultModel = 'omni-moderation-latest';

/** `POST /v1/moderations`, passed through to a provider that has them. */
export function openAiModerations(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const { model } = parseField(body, optionsSchema, []);
    const requested = gateway.registry.parseModel(model ?? defaultModel, context.get('principal'));
    const request = createGatewayRequest(
      context,
      {
        source: 'sync',
        reductionHint: 'send less input',
        ...requested,
      },
      body,
    );
    const { target, endpoint } = await chooseOpenAiEndpoint(gateway, request, 'moderations', {
      feature: 'moderations',
      fix: 'use a model of OpenAI, such as omni-moderation-latest, or of a compatible provider',
    });
    return await passthrough(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(text, body, target.model),
      stream: false,
      stripUsageChunk: false,
      size: () => ({
        input: readPrompt(body, text),
        maxOutput: 0,
        separateInputs: Array.isArray(body.input) ? body.input.length : 1,
      }),
    });
  };
}
