import * as z from 'zod';
import { anyObject } from './parse-openai-field.ts';

/** No vendor but OpenAI is told who of several users or assistants speaks. */
const participantName = z
  .custom<null>((name) => name === null, "has no counterpart at this model's provider: say in the content who speaks")
  .optional();

/** What a reply holds beside its words. It comes back with the reply, and says nothing to the model. */
const replyOnly = z.unknown().optional();

/** Some clients send the arguments as an object, or none for a tool without parameters. */
const functionCallSchema = z.strictObject({
  name: z.string().min(1).max(256),
  arguments: z.union([z.string(), anyObject]).nullish(),
  /** The official client's reading of the arguments, in the replies of its `parse`. */
  parsed_arguments: replyOnly,
});

export const toolCallSchema = z.strictObject({
  type: z.literal('function', 'must be function or custom').optional(),
  id: z.string().min(1).max(256),
  function: functionCallSchema,
  /** Comes back from clients that put a streamed reply together themselves. */
  index: replyOnly,
  /** What the vendor of the call wants back: Gemini's signature, or an opaque value. */
  extra_content: replyOnly,
});

/** A call of a custom tool, whose input is any text. */
export const customCallSchema = z.strictObject({
  type: z.literal('custom'),
  id: z.string().min(1).max(256),
  custom: z.strictObject({ name: z.string().min(1).max(256), input: z.string().nullish() }),
  index: replyOnly,
});

/** Marks a prefix for Claude's prompt cache. */
const cacheControl = { cache_control: z.unknown().optional() };

/** Messages by their role: what stands in them beside their content, which is looked at apart. */
export const messageSchemas = {
  system: z.strictObject({ role: z.string(), content: z.unknown().optional(), name: participantName, ...cacheControl }),
  user: z.strictObject({ role: z.string(), content: z.unknown().optional(), name: participantName, ...cacheControl }),
  assistant: z.strictObject({
    role: z.string(),
    content: z.unknown().optional(),
    name: participantName,
    refusal: z.string().nullish(),
    /** DeepSeek's and others' name for what was thought before the reply. */
    reasoning_content: z.string().nullish(),
    /** OpenRouter's name for it. An opaque value among them stands for all of the reasoning. */
    reasoning_details: replyOnly,
    extra_content: replyOnly,
    tool_calls: z.unknown().optional(),
    function_call: functionCallSchema.nullish(),
    audio: z.custom<null>((audio) => audio === null, "has no counterpart at this model's provider").optional(),
    annotations: replyOnly,
    parsed: replyOnly,
    ...cacheControl,
  }),
  /** Which tool it is follows from the call that it answers, so its name says nothing more. */
  tool: z.strictObject({
    role: z.string(),
    content: z.unknown().optional(),
    tool_call_id: z.string().min(1).max(256),
    name: z.string().nullish(),
    ...cacheControl,
  }),
  function: z.strictObject({ role: z.string(), content: z.string().nullish(), name: z.string().min(1).max(256) }),
};
