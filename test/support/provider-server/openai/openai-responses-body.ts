import { z } from 'zod';
import type { ModelRequest } from '../protocol.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
/** The start of what the vendor has encrypted itself. */
export const ownCiphertext = 'gAAAA';

const item = z
  .looseObject({
    type: z.string().optional(),
    role: z.string().optional(),
    content: z.union([z.string(), z.array(part)]).optional(),
    call_id: z.string().optional(),
    output: z.unknown().optional(),
    encrypted_content: z.string().nullish(),
  })
  .refine(({ type, encrypted_content }) => type !== 'compaction' || encrypted_content?.startsWith(ownCiphertext), {
    message: 'The encrypted content could not be verified.',
    path: ['encrypted_content'],
  });
const tool = z.looseObject({ type: z.string(), name: z.string().optional(), parameters: z.unknown().optional() });

/** The body of a request of Responses: only what the server reads: the API knows many more parameters. */
export const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(item)]),
  previous_response_id: z.string().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z.union([z.enum(['auto', 'none', 'required']), z.looseObject({ name: z.string() })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: z.looseObject({ schema: z.looseObject({}).optional() }).nullish() }).nullish(),
});

export type ResponsesBody = z.infer<typeof bodySchema>;

/** Finds the id of a call that an output answers and the input does not have. What a request refers to may have it. */
export function findUnknownCall({ input, previous_response_id }: ResponsesBody): string | undefined {
  if (typeof input === 'string' || previous_response_id) return undefined;
  if (input.some(({ type }) => type === 'item_reference')) return undefined;
  const calls = new Set(input.flatMap(({ type, call_id }) => (type?.endsWith('_call') ? [call_id] : [])));
  return input.find(({ type, call_id }) => type === 'function_call_output' && !calls.has(call_id))?.call_id;
}

/** Reads what the reply depends on: functions, and the results of functions since the user's last message. */
export function readModelRequest({
  input,
  tools,
  tool_choice,
  parallel_tool_calls,
  text,
  max_output_tokens,
}: ResponsesBody): ModelRequest {
  const items = typeof input === 'string' ? [] : input;
  const results = items.slice(items.findLastIndex(({ role }) => role === 'user') + 1);
  return {
    stop: [],
    maxTokens: max_output_tokens ?? undefined,
    tools: (tools ?? []).flatMap(({ type, name, parameters }) =>
      type === 'function' && name !== undefined ? [{ name, parameters: parameters ?? { type: 'object' } }] : [],
    ),
    toolChoice: typeof tool_choice === 'object' && tool_choice !== null ? tool_choice : (tool_choice ?? 'auto'),
    oneToolAtATime: parallel_tool_calls === false,
    schema: text?.format?.schema,
    toolResults: results.flatMap(({ type, output }) =>
      type === 'function_call_output' ? [typeof output === 'string' ? output : JSON.stringify(output)] : [],
    ),
  };
}

/** Returns the text of the user's last message. */
export function lastText(input: ResponsesBody['input']): string {
  if (typeof input === 'string') return input;
  const content = input.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('');
}
