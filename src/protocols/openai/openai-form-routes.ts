import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import type { UnmeasuredRequest } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import type { UploadPlaces } from '../../http/upload-places.ts';
import type { MediaEndpointName } from '../../providers/provider.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { passthroughMedia } from '../passthrough.ts';
import { chooseOpenAiEndpoint } from './find-openai-endpoint.ts';
import { imageHelp } from './openai-images-route.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { audioHelp } from './openai-speech-route.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { type OpenAiForm, readOpenAiForm } from './read-openai-form.ts';
import { requireModel } from './require-model.ts';

interface FormRoute {
  readonly endpoint: MediaEndpointName;
  readonly help: { readonly feature: string; readonly fix: string };
  readonly exampleModel: string;
  readonly reductionHint: string;
  readonly size: (form: FormSize) => UnmeasuredRequest;
}

/** What is known of a form's size. It holds none of the form's bytes. */
interface FormSize extends Pick<OpenAiForm, 'names' | 'fileCount' | 'textBytes'> {
  readonly replies: number;
  readonly stream: boolean;
  readonly responseFormat: string | undefined;
}

const optionsSchema = z.object({
  model: optionFields.model,
  n: z
    .string()
    .regex(/^(?:[1-9]|[1-9]\d|1[01]\d|12[0-8])$/, 'must be a whole number from 1 to 128')
    .optional(),
  stream: z.string().optional(),
  response_format: z.string().optional(),
});

/** A picture of an edit has up to 6,240 tokens at high fidelity, and some hundred beside. Source: OpenAI's guide to images. */
const maxTokensPerImage = 8_192;

const images = {
  help: imageHelp,
  reductionHint: 'lower n',
  size: ({ names, fileCount, textBytes, replies }: FormSize): UnmeasuredRequest => ({
    // No token is shorter than a byte.
    input: fileCount * maxTokensPerImage + textBytes,
    maxOutput: undefined,
    replies,
    inputMedia: 'image',
    outputMedia: 'image',
    unpriced: names.some((name) => name.startsWith('svg')),
  }),
};

const audio = {
  help: audioHelp,
  reductionHint: 'send less audio',
  size: ({ stream, responseFormat = 'json' }: FormSize): UnmeasuredRequest => ({
    // Only the model knows how long the audio is.
    input: { content: [], data: [], hasHiddenContent: true },
    maxOutput: undefined,
    inputMedia: 'audio',
    // Replies in other formats do not count tokens.
    unpriced: !stream && responseFormat !== 'json' && responseFormat !== 'diarized_json',
  }),
};

const formRoutes = {
  imageEdits: { endpoint: 'imageEdits', exampleModel: 'gpt-image-1', ...images },
  imageVariations: { endpoint: 'imageVariations', exampleModel: 'dall-e-2', ...images },
  transcriptions: { endpoint: 'transcriptions', exampleModel: 'gpt-4o-transcribe', ...audio },
  translations: { endpoint: 'translations', exampleModel: 'whisper-1', ...audio },
} as const satisfies Record<string, FormRoute>;

/**
 * `POST /v1/images/edits` and `/variations`, `POST /v1/audio/transcriptions` and `/translations`: a multipart form, passed through with
 * another model at most.
 */
export function openAiForm(gateway: Gateway, places: UploadPlaces, name: keyof typeof formRoutes) {
  const route: FormRoute = formRoutes[name];
  return async (context: HttpContext): Promise<Response> => {
    const form = await readOpenAiForm(context, places);
    try {
      const options = parseField(form.fields, optionsSchema, []);
      const stream = options.stream?.trim().toLowerCase() === 'true';
      const { names, fileCount, textBytes } = form;
      const { response_format: responseFormat, n = '1' } = options;
      const size = { names, fileCount, textBytes, replies: Number(n), stream, responseFormat };
      const request = createGatewayRequest(context, {
        source: stream ? 'stream' : 'sync',
        reductionHint: route.reductionHint,
        ...gateway.registry.parseModel(requireModel(options.model, route.exampleModel), context.get('principal')),
      });
      const { target, endpoint } = await chooseOpenAiEndpoint(gateway, request, route.endpoint, route.help);
      return await passthroughMedia(context, gateway, {
        ...request,
        protocol: openAiProtocol,
        target,
        endpoint,
        body: form.withModel(target.model),
        size: () => route.size(size),
      });
    } finally {
      form.release();
    }
  };
}
