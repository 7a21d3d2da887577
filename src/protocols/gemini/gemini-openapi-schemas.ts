import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import { describeFields } from '../../build/openapi/json-schema.ts';
import { geminiError } from './gemini-openapi-errors.ts';
import { generateContentSchema } from './parse-gemini-request.ts';

const json = z.record(z.string(), z.unknown());
const count = z.int().min(0);

const blob = z.looseObject({
  mimeType: z.string().meta({ description: 'An image, a PDF or text. Audio and video are a 400.' }),
  data: z.string().meta({ description: 'Base64.' }),
});

const part = component(
  'GeminiPart',
  z.looseObject({
    text: z.string().nullish(),
    thought: z.boolean().nullish(),
    thoughtSignature: z.string().nullish().meta({ description: 'As it came with the part, to be sent back with it.' }),
    inlineData: blob.nullish(),
    fileData: z
      .looseObject({ fileUri: z.string(), mimeType: z.string().nullish() })
      .nullish()
      .meta({ description: 'An image at a public URL. A file that was uploaded to Google is a 400.' }),
    functionCall: z.looseObject({ id: z.string().nullish(), name: z.string(), args: json.nullish() }).nullish(),
    functionResponse: z
      .looseObject({ id: z.string().nullish(), name: z.string().nullish(), response: json.nullish() })
      .nullish()
      .meta({ description: 'Without `id` it answers the first unanswered call of that name.' }),
  }),
  { description: 'A part of a content: one of these fields.', examples: [{ text: 'What is a REST API?' }] },
);

const parts = z.array(part);
const content = component(
  'GeminiContent',
  z.looseObject({
    role: z.string().nullish().meta({ description: '`user` or `model`; left out: `user`.' }),
    parts: parts.nullish(),
  }),
  { description: 'A message.' },
);

const contents = z.array(content).min(1).meta({ description: 'The conversation, oldest first.' });
const hello = [{ role: 'user', parts: [{ text: 'What is a REST API?' }] }];

export const generateContentRequest = component(
  'GenerateContentRequest',
  describeFields(generateContentSchema, {
    model: z.string().nullish().meta({ description: 'Ignored: the path names the model.' }),
    contents,
    systemInstruction: content.nullish().meta({ description: 'What the model is told beforehand; a text as well.' }),
    tools: z
      .array(
        z.looseObject({
          functionDeclarations: z
            .array(
              z.looseObject({
                name: z.string(),
                description: z.string().nullish(),
                parameters: json.nullish().meta({ description: "A schema of Google's." }),
                parametersJsonSchema: json.nullish().meta({ description: 'Or JSON Schema.' }),
              }),
            )
            .nullish(),
        }),
      )
      .nullish()
      .meta({ description: 'What the model may call. Tools that Google runs are left out and reported.' }),
    toolConfig: json
      .nullish()
      .meta({ description: '`functionCallingConfig`: whether functions must be called, and which.' }),
    generationConfig: z
      .looseObject({
        maxOutputTokens: z.int().min(1).nullish(),
        temperature: z.number().min(0).max(2).nullish(),
        stopSequences: z.array(z.string()).nullish(),
        responseMimeType: z.string().nullish().meta({ description: '`text/plain` or `application/json`.' }),
        responseSchema: json.nullish(),
        responseJsonSchema: json.nullish(),
        thinkingConfig: json
          .nullish()
          .meta({ description: '`thinkingLevel` or `thinkingBudget`, and `includeThoughts`. Becomes an effort.' }),
      })
      .nullish()
      .meta({ description: 'What bounds and shapes the reply.' }),
    cachedContent: z.unknown().optional().meta({ description: 'A 400: it is in the account of Google.' }),
  }).loose(),
  {
    description:
      "As Google's, in camelCase or snake_case. Translated for every provider: fields that it has no counterpart for are left out and reported.",
    examples: [{ contents: hello }],
  },
);

export const countTokensRequest = component(
  'GeminiCountTokensRequest',
  z.looseObject({ contents: contents.nullish(), generateContentRequest: generateContentRequest.nullish() }),
  { description: 'The contents, or a whole request in `generateContentRequest`.', examples: [{ contents: hello }] },
);

export const countTokensResponse = component('GeminiTokenCount', z.object({ totalTokens: count }), {
  description: 'An estimate of the tokens.',
});

const embedFields = {
  model: z.string().nullish().meta({ description: 'Ignored: the path names the model.' }),
  content: content.meta({ description: 'Text. Several parts have one vector.' }),
  outputDimensionality: z.int().min(1).nullish(),
};
const embedExample = { content: { parts: [{ text: 'What is a REST API?' }] } };

export const embedContentRequest = component('EmbedContentRequest', z.looseObject(embedFields), {
  description: 'A text whose embedding is requested. `taskType` and `title` are left out and reported.',
  examples: [embedExample],
});

export const batchEmbedContentsRequest = component(
  'BatchEmbedContentsRequest',
  z.looseObject({ requests: z.array(embedContentRequest).min(1) }),
  { description: 'Several of them, with the same `outputDimensionality`.', examples: [{ requests: [embedExample] }] },
);

const embedding = z.object({ values: z.array(z.number()) });
export const embedContentResponse = component('EmbedContentResponse', z.object({ embedding }), {
  description: 'The vector.',
});
export const batchEmbedContentsResponse = component(
  'BatchEmbedContentsResponse',
  z.object({ embeddings: z.array(embedding) }),
  { description: 'The vectors, in the order of the requests.' },
);

export const generateContentResponse = component(
  'GenerateContentResponse',
  z.object({
    candidates: z.array(
      z.object({
        content: z.object({ parts, role: z.literal('model') }),
        finishReason: z
          .enum(['STOP', 'MAX_TOKENS', 'SAFETY', 'OTHER'])
          .optional()
          .meta({ description: 'In a stream only in the last chunk.' }),
        index: z.literal(0),
      }),
    ),
    usageMetadata: z
      .object({
        promptTokenCount: count.optional(),
        cachedContentTokenCount: count.optional(),
        candidatesTokenCount: count.optional().meta({ description: 'Without the thoughts.' }),
        thoughtsTokenCount: count.optional(),
        totalTokenCount: count.optional(),
      })
      .optional()
      .meta({ description: 'Tokens. A count that is not known is left out.' }),
    modelVersion: z.string(),
    responseId: z.string(),
  }),
  { description: "A reply, or a chunk of one, as Google's." },
);

export const generateContentEvent = component('GenerateContentEvent', z.union([generateContentResponse, geminiError]), {
  description: 'A chunk, or the error that a stream ends in.',
});

export const generateContentChunks = component('GenerateContentChunks', z.array(generateContentEvent), {
  description: 'The chunks of a stream without `alt=sse`: an array that grows.',
});

export const geminiModel = component(
  'GeminiModel',
  z.object({
    name: z.string().meta({ examples: ['models/gpt-4o-mini'] }),
    displayName: z.string(),
    version: z.string().optional().meta({ description: 'The date of its release.' }),
    inputTokenLimit: count.optional(),
    outputTokenLimit: count.optional(),
    supportedGenerationMethods: z.array(z.string()),
    thinking: z.boolean().optional(),
  }),
  { description: 'A model. What is not known is left out.' },
);

export const geminiModelList = component(
  'GeminiModelList',
  z.object({ models: z.array(geminiModel), nextPageToken: z.string().optional() }),
  { description: 'A page of models.' },
);
