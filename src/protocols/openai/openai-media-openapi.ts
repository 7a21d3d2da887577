import { createRoute, z } from '@hono/zod-openapi';
import { component, refTo } from '../../build/openapi/components.ts';
import { callErrors, errorResponses, upstreamErrorResponse } from '../../build/openapi/error-responses.ts';
import { headerRefs } from '../../build/openapi/headers.ts';
import { body, json, jsonOrEvents, withKey } from '../../build/openapi/operation.ts';
import { openAiError, openAiErrors } from './openai-openapi-errors.ts';
import { completionUsage } from './openai-openapi-responses.ts';

const model = z.string().nullish().meta({
  description: "The model's name, also as `provider/model`, or a route: its first target that has the endpoint.",
});
const stream = z.boolean().nullish();
const file = z.string().meta({ description: 'The file, as it is.', format: 'binary' });
const tokens = z.int().min(0);

const completionRequest = component(
  'CompletionRequest',
  z.looseObject({
    model: z.string().nullish().meta({
      description:
        "The model's name, also as `provider/model`, or a route. Left out: the default provider's. `models` lists up to five instead: the next one is tried where one fails before its reply has begun.",
    }),
    prompt: z
      .union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))])
      .nullish()
      .meta({ description: 'A text, a list of texts, or tokens made of them.' }),
    stream,
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    max_tokens: z.int().min(0).nullish(),
    n: z.int().min(1).max(128).nullish(),
    best_of: z.int().min(1).max(128).nullish(),
    echo: z.boolean().nullish(),
  }),
  {
    description: "As OpenAI's legacy Completions, passed on as it came.",
    examples: ['stub', 'gpt-3.5-turbo-instruct'].map((name) => ({
      model: name,
      prompt: 'Once upon a time',
      max_tokens: 40,
    })),
  },
);

const completion = component(
  'Completion',
  z.object({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.int().min(0),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int().min(0),
        text: z.string(),
        logprobs: z.looseObject({}).nullish(),
        finish_reason: z.string().nullish(),
      }),
    ),
    usage: completionUsage.nullish(),
  }),
  { description: 'Texts that go on where the prompts end; in a stream a part of them.' },
);

const completionEvent = component('CompletionEvent', z.union([completion, openAiError]), {
  description:
    'The JSON of one `data:` line. `data: [DONE]` ends a whole reply; an error ends one that broke off, and no `[DONE]` follows.',
});

const moderationRequest = component(
  'ModerationRequest',
  z.looseObject({
    model: model.meta({ description: 'Absent: `omni-moderation-latest`.' }),
    input: z
      .unknown()
      .meta({ description: 'A text, a list of texts, or a list of parts of type `text` and `image_url`.' }),
  }),
  { description: "As OpenAI's moderations, passed on as it came.", examples: [{ input: 'a text to be checked' }] },
);

const moderation = component(
  'Moderation',
  z.looseObject({ id: z.string(), model: z.string(), results: z.array(z.looseObject({ flagged: z.boolean() })) }),
  { description: "OpenAI's reply as it came." },
);

const imageRequest = component(
  'ImageRequest',
  z.looseObject({
    model: z.string().meta({ description: "The model's name, also as `provider/model`." }),
    prompt: z.string(),
    n: z.int().min(1).max(128).nullish(),
    stream,
  }),
  {
    description: "As OpenAI's image generations, passed on as it came.",
    examples: [{ model: 'gpt-image-1', prompt: 'A cat in a hat' }],
  },
);

const imageList = component(
  'ImageList',
  z.looseObject({
    created: z.int().optional(),
    data: z.array(z.looseObject({ b64_json: z.string().optional(), url: z.string().optional() })).optional(),
    usage: z.looseObject({ input_tokens: tokens.optional(), output_tokens: tokens.optional() }).optional(),
  }),
  { description: "OpenAI's reply as it came." },
);

const mediaEvent = component('MediaEvent', z.looseObject({ type: z.string().optional() }), {
  description:
    "An event of OpenAI's as it came: a part of a picture, of audio or of a transcript, then the last one, with the tokens. An error has `error`.",
});

const speechRequest = component(
  'SpeechRequest',
  z.looseObject({
    model: z.string().meta({ description: "The model's name, also as `provider/model`." }),
    input: z.string(),
    voice: z.unknown(),
    stream_format: z.string().nullish().meta({ description: '`sse`: events. Only these count tokens.' }),
  }),
  {
    description: "As OpenAI's speech, passed on as it came.",
    examples: [{ model: 'gpt-4o-mini-tts', input: 'Hello!', voice: 'alloy' }],
  },
);

const formText = "As OpenAI's form, passed on byte for byte, but for the prefix of the model. At most 10 MiB.";
const formModel = z.string().meta({ description: "The model's name, also as `provider/model`. Once, and as text." });

const imageForm = component(
  'ImageForm',
  z.looseObject({ model: formModel, image: file, prompt: z.string().optional(), n: z.string().optional() }),
  { description: formText },
);

const audioForm = component(
  'AudioForm',
  z.looseObject({
    model: formModel,
    file,
    response_format: z
      .string()
      .optional()
      .meta({ description: 'Other than `json` and `diarized_json`: without a known cost.' }),
    stream: z.string().optional().meta({ description: '`true`: events. Only for transcriptions.' }),
  }),
  { description: formText },
);

const transcript = component('Transcript', z.looseObject({ text: z.string() }), {
  description: "OpenAI's reply as it came; `verbose_json` has more fields.",
});

function form(schema: z.ZodType) {
  return { body: { required: true, content: { 'multipart/form-data': { schema: refTo(schema) } } } };
}

const limitHeaders = openAiErrors.limitHeaders;
const errors = { ...errorResponses(openAiErrors, callErrors), ...upstreamErrorResponse(openAiErrors) };
const bytes = { schema: { type: 'string' as const, format: 'binary' } };

/** The routes that are passed through only: legacy Completions, moderations, pictures and audio. */
export function mediaRoutes(tags: string[]) {
  const formOf = (
    path: string,
    operationId: string,
    summary: string,
    request: ReturnType<typeof form>,
    reply: object,
  ) =>
    createRoute({
      method: 'post',
      path,
      operationId,
      tags,
      summary,
      ...withKey,
      request,
      responses: {
        200: { ...jsonOrEvents({ reply: imageList, event: mediaEvent }, limitHeaders), ...reply },
        ...errors,
      },
    });
  const transcripts = {
    description: 'JSON; a text, SRT or VTT as `response_format` says; with `stream` events.',
    content: {
      'application/json': { schema: refTo(transcript) },
      'text/plain': { schema: { type: 'string' as const } },
      'text/event-stream': { schema: refTo(mediaEvent) },
    },
  };
  return [
    createRoute({
      method: 'post',
      path: '/v1/completions',
      operationId: 'createCompletion',
      tags,
      summary: "OpenAI's legacy Completions, where the provider has them",
      ...withKey,
      request: body(completionRequest, ['Stub, without a key', 'OpenAI']),
      responses: { 200: jsonOrEvents({ reply: completion, event: completionEvent }, limitHeaders), ...errors },
    }),
    createRoute({
      method: 'post',
      path: '/v1/moderations',
      operationId: 'createModeration',
      tags,
      summary: 'Checks texts and pictures, where the provider has it',
      ...withKey,
      request: body(moderationRequest),
      responses: { 200: json(moderation, 'What was found.', limitHeaders), ...errors },
    }),
    createRoute({
      method: 'post',
      path: '/v1/images/generations',
      operationId: 'createImage',
      tags,
      summary: 'Pictures of a text, where the provider has them',
      ...withKey,
      request: body(imageRequest),
      responses: { 200: jsonOrEvents({ reply: imageList, event: mediaEvent }, limitHeaders), ...errors },
    }),
    formOf('/v1/images/edits', 'createImageEdit', 'Edits pictures, where the provider has it', form(imageForm), {}),
    formOf(
      '/v1/images/variations',
      'createImageVariation',
      'Varies a picture, where the provider has it',
      form(imageForm),
      {},
    ),
    createRoute({
      method: 'post',
      path: '/v1/audio/speech',
      operationId: 'createSpeech',
      tags,
      summary: 'Speaks a text, where the provider has it',
      ...withKey,
      request: body(speechRequest),
      responses: {
        200: {
          description: "The provider's bytes as they come, with its content type; with `stream_format: sse` events.",
          headers: headerRefs(limitHeaders),
          content: {
            'audio/mpeg': bytes,
            'audio/*': bytes,
            'application/octet-stream': bytes,
            'text/event-stream': { schema: refTo(mediaEvent) },
          },
        },
        ...errors,
      },
    }),
    formOf(
      '/v1/audio/transcriptions',
      'createTranscription',
      'Writes down speech, where the provider has it',
      form(audioForm),
      transcripts,
    ),
    formOf(
      '/v1/audio/translations',
      'createTranslation',
      'Writes down speech in English, where the provider has it',
      form(audioForm),
      transcripts,
    ),
  ];
}
