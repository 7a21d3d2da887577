import type { ChatRequest, Tool } from '../../domain/request.ts';

type ToolRequest = Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls' | 'translation'>;
type Schema = Readonly<Record<string, unknown>>;

/**
 * A tool call that Ollama is made to write as a JSON reply, because its API cannot force one. `arguments`: the reply is the
 * arguments of the one tool that can be called. `call`: it names one of several tools beside the arguments.
 */
export type ForcedToolCall =
  | { readonly reply: 'arguments'; readonly tool: Tool }
  | { readonly reply: 'call'; readonly tools: readonly Tool[] };

/** Returns how a tool call is forced; undefined where none is, and in a strict request. */
export function planForcedToolCall({ tools = [], toolChoice, translation }: ToolRequest): ForcedToolCall | undefined {
  if (!translation) return undefined;
  if (typeof toolChoice === 'object') {
    const tool = tools.find(({ name }) => name === toolChoice.name);
    return tool && { reply: 'arguments', tool };
  }
  const [tool, ...others] = toolChoice === 'required' ? tools : [];
  if (!tool) return undefined;
  return others.length === 0 ? { reply: 'arguments', tool } : { reply: 'call', tools };
}

/** Whether all calls of a reply but the first are left out, because the API cannot be asked for one call at a time. */
export function keepsFirstCallOnly({ tools, parallelToolCalls, translation }: ToolRequest): boolean {
  return translation !== undefined && parallelToolCalls === false && Boolean(tools?.length);
}

/** Returns the JSON Schema of the reply that is a forced tool call. */
export function buildForcedCallFormat(forced: ForcedToolCall): Schema {
  if (forced.reply === 'arguments') return toObjectSchema(forced.tool.parameters);
  const schemas = forced.tools.map(({ parameters }) => toObjectSchema(parameters));
  // A reference of a schema is to its own root, which is not the root of the format.
  if (!schemas.some(hasReference))
    return { anyOf: forced.tools.map((tool, index) => toCallSchema(tool, schemas[index])) };
  return {
    $defs: Object.fromEntries(
      schemas.map((schema, index) => [`tool_${index}`, moveReferences(schema, `tool_${index}`)]),
    ),
    anyOf: forced.tools.map((tool, index) => toCallSchema(tool, { $ref: `#/$defs/tool_${index}` })),
  };
}

/** Returns what the system prompt says of a forced tool call: the API shows a model no format. */
export function describeForcedCall(forced: ForcedToolCall): string {
  if (forced.reply === 'arguments') {
    const { name, description, parameters } = forced.tool;
    const purpose = description ? `\n${description}` : '';
    const schema = JSON.stringify(toObjectSchema(parameters));
    return `Call the tool "${name}".${purpose}\nReply with its arguments only: one JSON object that fits this JSON Schema:\n${schema}`;
  }
  const tools = forced.tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters }),
  );
  return `Call one of these tools. Reply with one JSON object {"name": …, "arguments": …} only.\n${tools.join('\n')}`;
}

function toObjectSchema(parameters: Schema): Schema {
  return parameters.type === 'object' ? parameters : { ...parameters, type: 'object' };
}

function toCallSchema({ name }: Tool, schema: Schema | undefined): Schema {
  return {
    type: 'object',
    properties: { name: { const: name }, arguments: schema },
    required: ['name', 'arguments'],
    additionalProperties: false,
  };
}

function hasReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReference);
  return isSchema(value) && (typeof value.$ref === 'string' || Object.values(value).some(hasReference));
}

/** Returns a schema whose references lead to it as a definition of the format. */
function moveReferences<Value>(value: Value, definition: string): Value;
function moveReferences(value: unknown, definition: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => moveReferences(entry, definition));
  if (!isSchema(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string'
        ? member.replace(/^#/, `#/$defs/${definition}`)
        : moveReferences(member, definition),
    ]),
  );
}

/** A number whose digits are kept is an object without a prototype. */
function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null;
}
