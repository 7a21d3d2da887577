import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { Tool } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { anyObject, parseField, parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';
import { toolName } from './parse-openai-tools.ts';
import type { ResponseToolNames } from './response-tool-names.ts';
import type { ResponsesRequestPaths } from './responses-request-paths.ts';

/** Of all namespaces together. */
const maxTools = 1024;

const typeSchema = z.looseObject({ type: z.unknown().optional() });
const functionSchema = z.strictObject({
  type: z.string(),
  name: toolName,
  description: z.string().nullish(),
  parameters: anyObject.nullish(),
  strict: z.boolean().nullish(),
});
const formatSchema = z.looseObject({ syntax: z.string().optional(), definition: z.string().optional() });
const customSchema = z.strictObject({
  type: z.string(),
  name: toolName,
  description: z.string().nullish(),
  format: formatSchema.nullish(),
});
const namespaceSchema = z.strictObject({ type: z.string(), name: z.string().min(1).max(64), tools: z.unknown() });

interface ToolsOptions {
  readonly toolNames: ResponseToolNames;
  readonly paths: ResponsesRequestPaths;
  readonly translation?: TranslationReport | undefined;
}

interface Entry {
  readonly tool: unknown;
  readonly at: FieldPath;
  readonly namespace?: string | undefined;
}

/**
 * Parses the tools of a Responses request. Those of namespaces get flat names, and a custom tool has its text as its one argument.
 * Throws `invalid_request`.
 */
export function parseOpenAiResponsesTools(tools: unknown, options: ToolsOptions): readonly Tool[] {
  if (tools === null || tools === undefined) return [];
  const entries = parseList(tools, ['tools'], { max: maxTools }).flatMap(openNamespace);
  if (entries.length > maxTools) throwInvalid(['tools'], `must hold at most ${maxTools} tools`);
  // Flat names keep clear of those that cannot change.
  const flat = entries.filter(({ namespace }) => namespace === undefined);
  const grouped = entries.filter(({ namespace }) => namespace !== undefined);
  const parsed = [...flat, ...grouped].map((entry) => parseTool(entry, options));
  options.paths.setTools(parsed);
  for (const [index, { name }] of parsed.entries()) {
    if (options.toolNames.read(name).isCustom) options.translation?.adjust(['tools', index]);
  }
  return parsed;
}

function openNamespace(tool: unknown, index: number): Entry[] {
  const at = ['tools', index];
  if (parseField(tool, typeSchema, at).type !== 'namespace') return [{ tool, at }];
  const { name: namespace, tools } = parseField(tool, namespaceSchema, at);
  const path = [...at, 'tools'];
  return parseList(tools, path, { max: maxTools }).map((inner, position) => ({
    tool: inner,
    at: [...path, position],
    namespace,
  }));
}

function parseTool({ tool, at, namespace }: Entry, { toolNames, paths }: ToolsOptions): Tool {
  const { type } = parseField(tool, typeSchema, at);
  const register = (name: string, isCustom: boolean) => {
    const flatName = toolNames.add({ name, namespace, isCustom });
    paths.addTool(flatName, at);
    return flatName;
  };
  if (type === 'function') {
    const { name, description, parameters, strict } = parseField(tool, functionSchema, at);
    return {
      name: register(name, false),
      description: description ?? undefined,
      // A function without parameters takes an object without fields.
      parameters: parameters ?? { type: 'object', properties: {} },
      strict: strict ?? undefined,
    };
  }
  if (type !== 'custom')
    return throwInvalid([...at, 'type'], `${quoteValue(type)} cannot be sent here: send function or custom`);
  const { name, description, format } = parseField(tool, customSchema, at);
  return {
    name: register(name, true),
    description: describeInput(description, format),
    parameters: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The input of the tool.' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

/** No other vendor holds its model to a grammar: the model is told of it. */
function describeInput(
  description: string | null | undefined,
  format: z.infer<typeof formatSchema> | null | undefined,
): string | undefined {
  const { syntax, definition } = format ?? {};
  const grammar =
    definition === undefined ? '' : `The input has to follow this ${syntax ?? ''} grammar:\n${definition}`;
  return [description ?? '', grammar].filter((text) => text !== '').join('\n\n') || undefined;
}
