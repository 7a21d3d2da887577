import * as z from 'zod';
import { anthropicOnly, ignoredCacheControl, jsonObject, mustBeEmpty, quoteType } from './anthropic-field-schemas.ts';
import { contentOf } from './anthropic-list-schemas.ts';

/*
 * The content blocks of a Messages request that can be translated for other providers. A block of another type is a 400 that lists these,
 * since content that is left out would change the question. `anthropic-field-policy.ts` runs before: it drops what is only a hint, so
 * these schemas are strict about the rest. A new block needs an entry in both, and its translation in `parse-anthropic-messages.ts`.
 * Requests to Claude are passed through and do not come here.
 */

const textBlock = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  citations: mustBeEmpty('can only be sent to Claude, which wrote them: leave them out'),
  cache_control: ignoredCacheControl,
});

/** Citations exist at Claude only. A client that has switched them off loses nothing. */
const mustBeDisabled = z
  .strictObject({ enabled: z.literal(false, 'can only be false for models other than Claude').nullish() })
  .nullish();

const imageSource = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp'], {
        error: 'must be image/jpeg, image/png, image/gif or image/webp',
      }),
      data: z.string().min(1),
    }),
    z.strictObject({
      type: z.literal('url'),
      url: z.string().regex(/^https?:\/\//i, 'must begin with https:// (send the image itself as a base64 source)'),
    }),
  ],
  { error: 'must be base64 or url: files that were uploaded to Anthropic can only be read by Claude' },
);

const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: imageSource,
  transformations: z
    .strictObject({
      oversized_image: z.literal('downsize', 'can only be downsize for models other than Claude').optional(),
    })
    .nullish(),
  cache_control: ignoredCacheControl,
});

const documentSource = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.literal('application/pdf', 'must be application/pdf'),
      data: z.string().min(1),
    }),
    z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain').optional(), data: z.string() }),
    z.strictObject({ type: z.literal('content'), content: contentOf(oneOf([textBlock, imageBlock])) }),
  ],
  { error: 'must be base64, text or content: a document by URL or file id can only be read by Claude' },
);

const documentBlock = z.strictObject({
  type: z.literal('document'),
  source: documentSource,
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: mustBeDisabled,
  cache_control: ignoredCacheControl,
});

const searchResultBlock = z.strictObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: contentOf(oneOf([textBlock])),
  citations: mustBeDisabled,
  cache_control: ignoredCacheControl,
});

/** Claude's summary of earlier turns, which stands in their place. */
const compactionBlock = z.strictObject({
  type: z.literal('compaction'),
  content: z.string().nullish(),
  cache_control: ignoredCacheControl,
});

/** The origin of a tool call, which clients send back: `direct` is the model itself, anything else is a tool that Anthropic runs. */
const caller = z
  .strictObject({ type: z.literal('direct', 'can only be direct for models other than Claude') })
  .nullish();

const toolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  // Absent for a tool without parameters.
  input: jsonObject('must be an object').optional(),
  caller,
  toolset_name: anthropicOnly(),
  cache_control: ignoredCacheControl,
});

const toolResultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: contentOf(oneOf([textBlock, imageBlock, documentBlock, searchResultBlock])).nullish(),
  is_error: z.boolean().nullish(),
  toolset_name: anthropicOnly(),
  cache_control: ignoredCacheControl,
});

const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
  cache_control: ignoredCacheControl,
});

const redactedThinkingBlock = z.strictObject({
  type: z.literal('redacted_thinking'),
  data: z.string(),
  cache_control: ignoredCacheControl,
});

const system = oneOf([textBlock]);
const user = oneOf([textBlock, imageBlock, documentBlock, searchResultBlock, toolResultBlock, compactionBlock]);
const assistant = oneOf([textBlock, toolUseBlock, thinkingBlock, redactedThinkingBlock, compactionBlock]);

export const systemContent = contentOf(system);
/** May be empty: the field policy may have left out all blocks, and the reply of a model that a filter has stopped has none. */
export const userContent = contentOf(user);
export const assistantContent = contentOf(assistant);

export type SystemBlock = z.infer<typeof system>;
export type UserBlock = z.infer<typeof user>;
export type AssistantBlock = z.infer<typeof assistant>;
export type ImageBlock = z.infer<typeof imageBlock>;
export type DocumentBlock = z.infer<typeof documentBlock>;

/** Creates the union of blocks. Its error lists the types, and says that the rest can be sent to Claude. */
function oneOf<const T extends readonly [Block, ...Block[]]>(blocks: T) {
  const types = blocks.map((block) => block.shape.type.value).join(', ');
  return z.discriminatedUnion('type', blocks, {
    error: ({ code, input }) =>
      code === 'invalid_union'
        ? `must be one of ${types}, and is ${quoteType(input)}: what only Claude can read can only be sent to Claude`
        : `must be a block of one of the types ${types}`,
  });
}

type Block = z.ZodObject<{ type: z.ZodLiteral<string> } & z.core.$ZodLooseShape, z.core.$strict>;
