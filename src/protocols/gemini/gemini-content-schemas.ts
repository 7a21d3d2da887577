import * as z from 'zod';
import { listOf } from '../../lib/list-of.ts';
import { jsonObject } from './gemini-field-schemas.ts';

const inlineData = z.strictObject({
  mimeType: z.string().min(1),
  data: z.string().min(1),
  displayName: z.string().nullish(),
});

const fileData = z.strictObject({ fileUri: z.string().min(1), mimeType: z.string().nullish() });

const functionCall = z.strictObject({
  id: z.string().nullish(),
  name: z.string().min(1),
  // Absent for a function without parameters.
  args: jsonObject.nullish(),
});

const functionResponse = z.strictObject({
  id: z.string().nullish(),
  name: z.string().nullish(),
  response: jsonObject.nullish(),
  parts: listOf(
    z.strictObject({ inlineData: inlineData.nullish(), fileData: fileData.nullish() }),
    'must be a list of parts',
  ).nullish(),
});

/** What a content consists of. A part from which everything was dropped is empty. */
const part = z.strictObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  inlineData: inlineData.nullish(),
  fileData: fileData.nullish(),
  functionCall: functionCall.nullish(),
  functionResponse: functionResponse.nullish(),
});

const parts = listOf(part, 'must be a list of parts').nullish();

/** Older clients give the results of functions a role of their own. */
export const contentSchema = z.strictObject({
  role: z.enum(['user', 'model', 'function', 'tool'], { error: 'must be user or model' }).nullish(),
  parts,
});

/** Any role: some clients write user, some system. */
export const systemInstructionSchema = z.strictObject({ role: z.unknown().optional(), parts });

export type GeminiContent = z.infer<typeof contentSchema>;
export type GeminiPart = z.infer<typeof part>;
export type InlineData = z.infer<typeof inlineData>;
export type FileData = z.infer<typeof fileData>;
export type FunctionResponse = z.infer<typeof functionResponse>;
