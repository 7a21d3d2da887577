import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { Tool, ToolChoice } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { parseField, parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';
import type { ResponseToolNames } from './response-tool-names.ts';

const path: FieldPath = ['tool_choice'];
const maxListedTools = 1024;

const choiceSchema = z.looseObject({
  type: z.unknown().optional(),
  name: z.string().optional(),
  namespace: z.string().nullish(),
  mode: z.enum(['auto', 'required']).nullish(),
  tools: z.unknown().optional(),
});
const listedSchema = z.looseObject({ name: z.string().optional(), namespace: z.string().nullish() });

interface ChoiceOptions {
  readonly toolNames: ResponseToolNames;
  readonly translation?: TranslationReport | undefined;
}

/** The tools that a request may use, and how. */
interface AllowedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice | undefined;
}

/**
 * Parses the choice of tools. Other vendors have no list of allowed tools: the others are not sent. A choice that leaves everything
 * open says nothing where there are no tools. Throws `invalid_request` for a choice that cannot be met.
 */
export function parseOpenAiResponsesToolChoice(
  choice: unknown,
  tools: readonly Tool[],
  { toolNames, translation }: ChoiceOptions,
): AllowedTools {
  if (choice === null || choice === undefined) return { tools };
  if (typeof choice === 'string') return { tools, toolChoice: parseMode(choice, tools) };
  const fields = parseField(choice, choiceSchema, path);
  switch (fields.type) {
    case 'allowed_tools': {
      const listed = parseList(fields.tools, [...path, 'tools'], { max: maxListedTools });
      const names = new Set(listed.map((tool) => findListed(tool, toolNames)));
      const allowed = tools.filter(({ name }) => names.has(name));
      translation?.adjust(path);
      return { tools: allowed, toolChoice: parseMode(fields.mode ?? 'auto', allowed) };
    }
    case 'function':
    case 'custom': {
      const { name = '', namespace } = fields;
      const found = toolNames.find(name, namespace);
      if (found === undefined) return throwInvalid([...path, 'name'], `${quoteValue(name)} is not among the tools`);
      return { tools, toolChoice: { name: found } };
    }
    default: {
      const fix = 'use function, custom or allowed_tools';
      return throwInvalid(
        [...path, 'type'],
        `${quoteValue(fields.type)} has no counterpart at this model's provider: ${fix}`,
      );
    }
  }
}

function parseMode(mode: string, tools: readonly Tool[]): ToolChoice {
  if (mode === 'required' && tools.length === 0) throwInvalid(path, 'demands a tool call, but there are no tools');
  if (mode === 'auto' || mode === 'none' || mode === 'required') return mode;
  return throwInvalid(path, 'must be auto, none, required, or an object that names a tool');
}

function findListed(tool: unknown, toolNames: ResponseToolNames): string | undefined {
  const { name, namespace } = listedSchema.safeParse(tool).data ?? {};
  return name === undefined ? undefined : toolNames.find(name, namespace);
}
