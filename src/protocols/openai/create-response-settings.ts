import type { ResponseSettings } from './openai-response-api-types.ts';
import type { ResponsesRequest } from './openai-responses-request-schema.ts';

type Body = Readonly<Record<string, unknown>>;

/** Creates what a response repeats of its request: `fields` are those that reach the provider, `body` has all of them. */
export function createResponseSettings(fields: ResponsesRequest, body: Body): ResponseSettings {
  const { reasoning, tool_choice } = fields;
  return {
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata: toObject(body.metadata),
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    temperature: fields.temperature ?? 1,
    top_p: fields.top_p ?? 1,
    presence_penalty: fields.presence_penalty ?? 0,
    frequency_penalty: fields.frequency_penalty ?? 0,
    top_logprobs: 0,
    text: { format: toFormat(toObject(body.text).format) },
    tools: Array.isArray(fields.tools) ? fields.tools.map(toTool) : [],
    tool_choice: tool_choice ?? 'auto',
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: fields.safety_identifier ?? null,
    prompt_cache_key: typeof body.prompt_cache_key === 'string' ? body.prompt_cache_key : null,
  };
}

/** Every field of a function or a format is there, also where the client has left it out. */
function toTool(tool: unknown): object {
  const { type, ...fields } = toObject(tool);
  if (type !== 'function') return { type, ...fields };
  return { type, description: null, parameters: null, strict: null, ...fields };
}

function toFormat(format: unknown): object {
  const { type = 'text', ...fields } = toObject(format);
  if (type !== 'json_schema') return { type };
  return { type, name: 'response', description: null, strict: false, ...fields };
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
