import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { listOf } from '../../lib/list-of.ts';
import { jsonObject } from './gemini-field-schemas.ts';
import { parseGeminiSchema } from './parse-gemini-schema.ts';

const functionDeclaration = z.strictObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  parametersJsonSchema: jsonObject.nullish(),
});

const modes = ['AUTO', 'ANY', 'NONE', 'VALIDATED'] as const;

/** An unset mode is a number or a name in JSON; a name in any case is read. */
const mode = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase().replace(/^MODE_UNSPECIFIED$/, 'AUTO') : value),
  z.enum(modes, { error: 'must be AUTO, ANY, NONE or VALIDATED' }),
);

export const toolFields = {
  tools: listOf(
    z.strictObject({
      functionDeclarations: listOf(functionDeclaration, 'must be a list of function declarations').nullish(),
    }),
    'must be a list of tools',
  ).nullish(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z
        .strictObject({
          mode: mode.nullish(),
          allowedFunctionNames: listOf(z.string(), 'must be a list of names').nullish(),
        })
        .nullish(),
    })
    .nullish(),
};

type ToolFields = z.infer<z.ZodObject<typeof toolFields>>;

interface DeclaredTool {
  readonly tool: Tool;
  readonly path: FieldPath;
}

/** The functions of a request, how they may be called, and the field that each comes from. */
export interface ParsedTools extends Pick<ChatRequest, 'tools' | 'toolChoice'> {
  readonly paths: readonly FieldPath[];
}

const configPath = ['toolConfig', 'functionCallingConfig'];

/** Parses the functions of a request and how they may be called. Throws `invalid_request` for a choice that cannot be made. */
export function parseGeminiTools(fields: ToolFields, translation?: TranslationReport): ParsedTools {
  const declared = (fields.tools ?? []).flatMap(({ functionDeclarations }, index) =>
    (functionDeclarations ?? []).map(
      (declaration, place): DeclaredTool => ({
        tool: toTool(declaration),
        path: ['tools', index, 'functionDeclarations', place],
      }),
    ),
  );
  const { mode = 'AUTO', allowedFunctionNames } = fields.toolConfig?.functionCallingConfig ?? {};
  if (declared.length === 0) {
    if (mode !== 'ANY') return { paths: [] };
    throw invalidFieldError([...configPath, 'mode'], 'can only be ANY where there are functionDeclarations: add them');
  }
  if (mode === 'VALIDATED') translation?.adjust([...configPath, 'mode']);
  const allowed = mode === 'NONE' ? declared : selectAllowed(declared, allowedFunctionNames ?? [], translation);
  return {
    tools: allowed.map(({ tool }) => tool),
    toolChoice: mode === null ? undefined : toToolChoice(mode, allowed),
    paths: allowed.map(({ path }) => path),
  };
}

/** Other vendors have no list of allowed functions: the others are not sent. */
function selectAllowed(
  declared: readonly DeclaredTool[],
  names: readonly string[],
  translation: TranslationReport | undefined,
): readonly DeclaredTool[] {
  if (names.length === 0) return declared;
  const path = [...configPath, 'allowedFunctionNames'];
  const declaredNames = new Set(declared.map(({ tool }) => tool.name));
  const unknown = names.findIndex((name) => !declaredNames.has(name));
  if (unknown >= 0) throw invalidFieldError([...path, unknown], 'must be the name of one of the functionDeclarations');
  const allowed = new Set(names);
  if (allowed.size === declaredNames.size) return declared;
  translation?.adjust(path);
  return declared.filter(({ tool }) => allowed.has(tool.name));
}

function toTool({ name, description, parameters, parametersJsonSchema }: z.infer<typeof functionDeclaration>): Tool {
  const schema = parametersJsonSchema ?? (parameters && parseGeminiSchema(parameters)) ?? { properties: {} };
  return { name, description: description ?? undefined, parameters: { type: 'object', ...schema } };
}

/** AUTO is what models do anyway. */
function toToolChoice(mode: (typeof modes)[number], allowed: readonly DeclaredTool[]): ToolChoice | undefined {
  switch (mode) {
    case 'AUTO':
    case 'VALIDATED':
      return undefined;
    case 'NONE':
      return 'none';
    case 'ANY': {
      const [only, ...others] = allowed;
      return only && others.length === 0 ? { name: only.tool.name } : 'required';
    }
  }
}
