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

const optionsSchema = z.object({ model: optionFields.model, stream_format: z.string().nullish() });

/** Help for a provider without audio. */
export const audioHelp = {
  feature: 'audio',
  fix: 'use a model of OpenAI, such as gpt-4o-mini-tts or gpt-4o-transcribe, or of a compatible provider',
};

/** `POST /v1/audio/speech`, passed through to a provider that has it. The reply is audio, or events with parts of it. */
export function openAiSpeech(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readPassthroughBody(context);
    const options = parseField(body, optionsSchema, []);
    const isStream = options.stream_format === 'sse';
    const request = createGatewayRequest(
      context,
      {
        source: isStream ? 'stream' : 'sync',
        reductionHint: 'send less input',
        ...gateway.registry.parseModel(requireModel(options.model, 'gpt-4o-mini-tts'), context.get('principal')),
      },
      body,
    );
    const { target, endpoint } = await chooseOpenAiEndpoint(gateway, request, 'speech', audioHelp);
    return await passthroughMedia(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: setModel(text, body, target.model),
      // Only the events count tokens.
      size: () => ({
        input: readPrompt(body, text),
        maxOutput: undefined,
        outputMedia: 'audio',
        unpriced: !isStream,
      }),
    });
  };
}
