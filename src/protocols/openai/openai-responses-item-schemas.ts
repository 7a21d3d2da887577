import * as z from 'zod';
import { anyObject } from './parse-openai-field.ts';

/** What an item of a reply has beside its content. It comes back with the item, and says nothing to the model. */
const itemFields = {
  type: z.string().optional(),
  id: z.unknown().optional(),
  status: z.unknown().optional(),
};

const callId = z.string().min(1).max(256);
const toolName = z.string().min(1).max(256);
const namespace = z.string().max(256).nullish();

/** Items by their type. Their content is looked at apart. */
export const itemSchemas = {
  message: z.strictObject({ ...itemFields, role: z.string(), content: z.unknown().optional() }),
  functionCall: z.strictObject({
    ...itemFields,
    call_id: callId,
    name: toolName,
    namespace,
    /** Some clients send the arguments as an object. */
    arguments: z.union([z.string(), anyObject]).nullish(),
    /** The official client's reading of the arguments, in the replies of its `parse`. */
    parsed_arguments: z.unknown().optional(),
  }),
  customToolCall: z.strictObject({
    ...itemFields,
    call_id: callId,
    name: toolName,
    namespace,
    input: z.string().nullish(),
  }),
  /** Which tool it is follows from the call, so its name says nothing more. */
  toolCallOutput: z.strictObject({
    ...itemFields,
    call_id: callId,
    name: z.unknown().optional(),
    namespace: z.unknown().optional(),
    output: z.unknown().optional(),
  }),
  reasoning: z.looseObject({
    encrypted_content: z.string().nullish(),
    summary: z.unknown().optional(),
    content: z.unknown().optional(),
  }),
};

export const textPartSchema = z.strictObject({
  type: z.string(),
  text: z.string(),
  annotations: z.unknown().optional(),
  logprobs: z.unknown().optional(),
  /** The official client's reading of the text, in the replies of its `parse`. */
  parsed: z.unknown().optional(),
});

export const refusalPartSchema = z.strictObject({ type: z.string(), refusal: z.string() });

function byValue(field: string) {
  return z
    .custom<null>((value) => value == null, `cannot be sent to this model's provider: send the file itself in ${field}`)
    .optional();
}

export const imagePartSchema = z.strictObject({
  type: z.string(),
  file_id: byValue('image_url'),
  image_url: z.string(),
  detail: z.literal('auto', "must be auto: no other detail can be asked of this model's provider").nullish(),
});

export const filePartSchema = z.strictObject({
  type: z.string(),
  file_id: byValue('file_data'),
  file_url: byValue('file_data'),
  filename: z.string().nullish(),
  file_data: z.string(),
});
