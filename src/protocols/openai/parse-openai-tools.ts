import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { parseCacheControl } from './parse-openai-content.ts';
import { anyObject, parseField, parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';

const maxTools = 128;

/** As OpenAI takes it; every other vendor takes at least that. */
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" and "-"');

const functionSchema = z.strictObject({
  name: toolName,
  description: z.string().nullish(),
  parameters: anyObject.nullish(),
  strict: z.boolean().nullish(),
});

const toolSchema = z.strictObject({
  // Some clients leave it out.
  type: z.literal('function').nullish(),
  function: functionSchema,
  cache_control: z.unknown().optional(),
});

const toolChoiceSchema = z.strictObject({
  type: z.literal('function').nullish(),
  function: z.strictObject({ name: toolName }),
});
const functionChoiceSchema = z.strictObject({ name: toolName });
const allowedToolsSchema = z.strictObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.strictObject({
    mode: z.enum(['auto', 'required']).nullish(),
    tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }).optional() })).max(maxTools),
  }),
});

/** The fields of a body that speak of tools, in today's words and in those from before there could be several calls. */
interface ToolFields {
  readonly tools?: unknown;
  readonly tool_choice?: unknown;
  readonly parallel_tool_calls?: boolean | null | undefined;
  readonly functions?: unknown;
  readonly function_call?: unknown;
}

/**
 * The tools of a request and how they may be used; `functions` are tools of which one at most is called. A choice that
 * leaves everything open says nothing where there are no tools. Throws `invalid_request`.
 */
export function parseOpenAiTools(
  fields: ToolFields,
  translation?: TranslationReport,
): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const { parallel_tool_calls: parallel, functions, function_call } = fields;
  const { tools, tool_choice } = applyAllowedTools(readTools(fields.tools), fields.tool_choice, translation);
  const legacy = readFunctions(functions);
  if (legacy.length > 0 && (tools.length > 0 || tool_choice != null)) {
    throwInvalid(['functions'], 'cannot stand beside tools and tool_choice: send those only');
  }
  if (tools.length > 0 && function_call != null) {
    throwInvalid(['function_call'], 'cannot stand beside tools: send tool_choice instead');
  }
  const toolChoice = readChoice(tool_choice, tools, toolNames);
  const functionChoice = readChoice(function_call, legacy, legacyNames);
  if (legacy.length > 0) return { tools: legacy, toolChoice: functionChoice, parallelToolCalls: false };
  if (tools.length === 0) return {};
  return { tools, toolChoice, parallelToolCalls: parallel ?? undefined };
}

/** Other vendors have no list of allowed tools: the others are not sent. */
function applyAllowedTools(
  tools: readonly Tool[],
  choice: unknown,
  translation: TranslationReport | undefined,
): { readonly tools: readonly Tool[]; readonly tool_choice: unknown } {
  if (typeof choice !== 'object' || choice === null || !('type' in choice) || choice.type !== 'allowed_tools') {
    return { tools, tool_choice: choice };
  }
  const { mode, tools: allowed } = parseField(choice, allowedToolsSchema, ['tool_choice']).allowed_tools;
  const names = new Set(allowed.map((tool) => tool.function?.name));
  translation?.adjust(['tool_choice']);
  return { tools: tools.filter(({ name }) => names.has(name)), tool_choice: mode ?? 'auto' };
}

function readTools(tools: unknown): Tool[] {
  if (tools === null || tools === undefined) return [];
  return parseList(tools, ['tools'], { max: maxTools }).map((tool, index) => ({
    ...toTool(parseField(tool, toolSchema, ['tools', index]).function),
    ...parseCacheControl(tool),
  }));
}

function readFunctions(functions: unknown): Tool[] {
  if (functions === null || functions === undefined) return [];
  return parseList(functions, ['functions'], { max: maxTools }).map((tool, index) =>
    toTool(parseField(tool, functionSchema.omit({ strict: true }), ['functions', index])),
  );
}

/** A function without parameters takes an object without fields. */
function toTool({ name, description, parameters, strict }: z.infer<typeof functionSchema>): Tool {
  return {
    name,
    description: description ?? undefined,
    parameters: parameters ?? { type: 'object', properties: {} },
    strict: strict ?? undefined,
  };
}

interface ChoiceNames {
  readonly path: FieldPath;
  readonly options: readonly string[];
  readonly list: string;
  readonly readName: (choice: unknown, path: FieldPath) => string;
  readonly namePath: FieldPath;
}

const toolNames: ChoiceNames = {
  path: ['tool_choice'],
  options: ['auto', 'none', 'required'],
  list: 'tools',
  readName: (choice, path) => {
    const type = typeof choice === 'object' && choice !== null && 'type' in choice ? choice.type : 'function';
    if (type === 'function') return parseField(choice, toolChoiceSchema, path).function.name;
    return throwInvalid(
      [...path, 'type'],
      `${quoteValue(type)} has no counterpart at this model's provider: use function`,
    );
  },
  namePath: ['tool_choice', 'function', 'name'],
};

const legacyNames: ChoiceNames = {
  path: ['function_call'],
  options: ['auto', 'none'],
  list: 'functions',
  readName: (choice, path) => parseField(choice, functionChoiceSchema, path).name,
  namePath: ['function_call', 'name'],
};

function readChoice(choice: unknown, tools: readonly Tool[], names: ChoiceNames): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  if (typeof choice !== 'object') {
    // Mistral's and vLLM's name for it.
    if (choice === 'any' && names === toolNames) return readChoice('required', tools, names);
    if (!names.options.includes(choice as string)) {
      throwInvalid(names.path, `must be ${names.options.join(', ')}, or an object that names a function`);
    }
    if (choice === 'required' && tools.length === 0)
      throwInvalid(names.path, 'demands a tool call, but there are no tools');
    return choice as 'auto' | 'none' | 'required';
  }
  const name = names.readName(choice, names.path);
  if (!tools.some((tool) => tool.name === name))
    throwInvalid(names.namePath, `${quoteValue(name)} is not among the ${names.list}`);
  return { name };
}
