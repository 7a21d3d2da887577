import * as z from 'zod';
import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../domain/request.ts';
import {
  anthropicOnly,
  ignoredCacheControl,
  isObject,
  jsonObject,
  mustBeEmpty,
  quoteType,
} from './anthropic-field-schemas.ts';
import { listOf } from './anthropic-list-schemas.ts';

const customTool = z.strictObject({
  type: z.literal('custom').nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: jsonObject('must be a JSON Schema of type "object"').refine(
    (schema) => schema.type === 'object',
    'must be a JSON Schema of type "object"',
  ),
  strict: z.boolean().nullish(),
  cache_control: ignoredCacheControl,
  /** How the arguments come in a stream, not what they are. */
  eager_input_streaming: z.boolean().nullish(),
  input_examples: mustBeEmpty('is something only Claude takes: put the examples into the description'),
  defer_loading: z.literal(false, 'can only be false for models other than Claude').nullish(),
  allowed_callers: listOf(
    z.literal('direct', 'can only be direct for models other than Claude'),
    'must be a list',
  ).nullish(),
});

/** Anthropic's own tools, of which only their names are sent, are told by their type before anything else is looked at. */
const tool = z
  .custom<z.input<typeof customTool>>(
    (value) => !isObject(value) || [undefined, null, 'custom'].includes(value.type as string),
    {
      path: ['type'],
      error: ({ input }) =>
        `is ${quoteType(input)}, a tool that only Claude knows: send a custom tool with an input_schema`,
    },
  )
  .pipe(customTool);

const disable_parallel_tool_use = z.boolean().nullish();

const toolChoice = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('auto'), disable_parallel_tool_use }),
    z.strictObject({ type: z.literal('any'), disable_parallel_tool_use }),
    z.strictObject({ type: z.literal('tool'), name: z.string().min(1), disable_parallel_tool_use }),
    z.strictObject({ type: z.literal('none'), disable_parallel_tool_use }),
  ],
  { error: 'must be auto, any, tool or none' },
);

export const toolFields = {
  tools: listOf(tool, 'must be a list of tools').nullish(),
  tool_choice: toolChoice.nullish(),
  mcp_servers: anthropicOnly(),
};

type ToolFields = z.infer<z.ZodObject<typeof toolFields>>;

/**
 * The tools of a call and how they may be used. Throws `invalid_request` for a choice that cannot be made. A choice that
 * demands nothing, beside no tools, is none.
 */
export function parseAnthropicTools(
  fields: ToolFields,
): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const tools = fields.tools?.map(toTool) ?? [];
  const choice = fields.tool_choice;
  if (choice?.type === 'tool' && !tools.some(({ name }) => name === choice.name)) {
    throw invalidFieldError(['tool_choice', 'name'], 'must be the name of one of the tools');
  }
  if (tools.length === 0) {
    if (choice?.type !== 'any') return {};
    throw invalidFieldError(['tool_choice'], 'can only be any where there are tools: add tools');
  }
  return {
    tools,
    toolChoice: choice ? toToolChoice(choice) : undefined,
    parallelToolCalls: choice?.disable_parallel_tool_use ? false : undefined,
  };
}

function toTool({ name, description, input_schema, strict }: z.infer<typeof customTool>): Tool {
  return {
    name,
    description: description ?? undefined,
    parameters: input_schema,
    strict: strict ?? undefined,
  };
}

function toToolChoice(choice: z.infer<typeof toolChoice>): ToolChoice {
  if (choice.type === 'any') return 'required';
  return choice.type === 'tool' ? { name: choice.name } : choice.type;
}
