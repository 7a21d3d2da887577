import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { passthroughMedia } from '../passthrough.ts';
import { readPassthroughBody } from '../read-passthrough-body.ts';
import { setModel } from '../set-model.ts';
import { chooseOpenAiEndpoint } from './find-openai-endpoint.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { requireModel } from './require-model.ts';

const optionsSchema = z.object({
  model: optionFields.model,
  stream: optionFields.stream,
  n: z.int().min(1).max(128).nullish(),
});

/** Help for a provider without pictures. */
export const imageHelp = {
  feature: 'images',
  fix: 'use a model of OpenAI, such as gpt-image-1, or of a compatible provider',
};

/** `POST /v1/images/generations`, passed through to a provider that has it. */
export function openAiImages(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const { model, stream, n } = parseField(body, optionsSchema, []);
    const request = createGatewayRequest(
      context,
      {
        source: stream ? 'stream' : 'sync',
        reductionHint: 'lower n',
        ...gateway.registry.parseModel(requireModel(model, 'gpt-image-1'), context.get('principal')),
      },
      body,
    );
    const { target, endpoint } = await chooseOpenAiEndpoint(gateway, request, 'imageGenerations', imageHelp);
    return await passthroughMedia(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(text, body, target.model),
      // The vectors of another model, which the request can name, have a price of their own.
      size: () => ({
        input: readPrompt(body, text),
        maxOutput: undefined,
        replies: n ?? 1,
        outputMedia: 'image',
        unpriced: (body.svg ?? null) !== null,
      }),
    });
  };
}
