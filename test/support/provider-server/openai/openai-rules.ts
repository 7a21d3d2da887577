import type { OpenAiModel } from '../models.ts';
import type { Refusal } from '../protocol.ts';
import { strictFault } from '../schema-value.ts';
import { openAiRefusal, unsupportedParameter } from './openai-errors.ts';
import type { OpenAiBody } from './openai-schema.ts';

/** What OpenAI refuses beyond the types of single fields. Source: the API reference, and error bodies quoted in public. */
export function refuseByRule(body: OpenAiBody, model: OpenAiModel): Refusal | undefined {
  return (
    refuseTokens(body, model) ??
    refuseSampling(body, model) ??
    refuseCombinations(body, model) ??
    refuseSchemas(body) ??
    refuseTools(body)
  );
}

function refuseTokens(body: OpenAiBody, model: OpenAiModel): Refusal | undefined {
  const { max_tokens: old, max_completion_tokens: current } = body;
  if (isGiven(old) && isGiven(current)) {
    const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    return openAiRefusal(400, { message, code: 'invalid_parameter_combination' });
  }
  if (isGiven(old) && model.reasoning) {
    return unsupportedParameter('max_tokens', " Use 'max_completion_tokens' instead.");
  }
  const param = isGiven(old) ? 'max_tokens' : 'max_completion_tokens';
  const requested = old ?? current ?? 0;
  if (requested <= model.maxOutputTokens) return undefined;
  const message = `${param} is too large: ${requested}. This model supports at most ${model.maxOutputTokens} completion tokens, whereas you provided ${requested}.`;
  return openAiRefusal(400, { message, param, code: 'invalid_value' });
}

function refuseSampling(body: OpenAiBody, model: OpenAiModel): Refusal | undefined {
  if (isGiven(body.stop) && !model.takesStop) return unsupportedParameter('stop');
  if (!model.reasoning) return undefined;
  for (const param of ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'] as const) {
    const value = body[param];
    const only = param.endsWith('penalty') ? 0 : 1;
    if (!isGiven(value) || value === only) continue;
    if (param !== 'temperature') return unsupportedParameter(param);
    const message = `Unsupported value: 'temperature' does not support ${value} with this model. Only the default (1) value is supported.`;
    return openAiRefusal(400, { message, param, code: 'unsupported_value' });
  }
  return undefined;
}

function refuseCombinations(body: OpenAiBody, model: OpenAiModel): Refusal | undefined {
  if (isGiven(body.reasoning_effort) && !model.reasoning) {
    return openAiRefusal(400, { message: 'Unrecognized request argument supplied: reasoning_effort' });
  }
  if (isGiven(body.stream_options) && body.stream !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return openAiRefusal(400, { message, param: 'stream_options' });
  }
  for (const param of ['tool_choice', 'parallel_tool_calls'] as const) {
    if (!isGiven(body[param]) || body.tools) continue;
    const message = `Invalid value for '${param}': '${param}' is only allowed when 'tools' are specified.`;
    return openAiRefusal(400, { message, param });
  }
  return undefined;
}

/** Source: OpenAI's guide to structured outputs, and error bodies quoted in public. */
function refuseSchemas({ tools = [], tool_choice: choice, response_format: format }: OpenAiBody): Refusal | undefined {
  for (const [index, { function: tool }] of tools.entries()) {
    if (!tool.strict) continue;
    const param = `tools[${index}].function.parameters`;
    const refusal = refuseSchema(`function '${tool.name}'`, { schema: tool.parameters, param });
    if (refusal) return refusal;
  }
  if (typeof choice === 'object' && choice && !tools.some((tool) => tool.function.name === choice.function.name)) {
    const message = `Tool choice '${choice.function.name}' not found in 'tools' parameter.`;
    return openAiRefusal(400, { message, param: 'tool_choice' });
  }
  if (format?.type !== 'json_schema' || !format.json_schema.strict) return undefined;
  const { name, schema } = format.json_schema;
  return refuseSchema(`response_format '${name}'`, { schema, param: 'response_format' });
}

function refuseSchema(of: string, { schema, param }: { schema: unknown; param: string }): Refusal | undefined {
  const fault = strictFault(schema);
  if (fault === undefined) return undefined;
  const context = `(${fault.map((name) => `'${name}'`).join(', ')})`;
  const message = `Invalid schema for ${of}: In context=${context}, 'additionalProperties' is required to be supplied and to be false.`;
  return openAiRefusal(400, { message, param, code: 'invalid_function_parameters' });
}

/** Every tool call must be answered at once, and every answer must have its call. */
function refuseTools({ messages }: OpenAiBody): Refusal | undefined {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    const param = `messages.[${index}].role`;
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) {
        const problem = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
        return openAiRefusal(400, { message: `Invalid parameter: ${problem}`, param });
      }
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (open.length > 0) return unanswered(open, param);
    open = message.role === 'assistant' ? (message.tool_calls ?? []).map((call) => call.id) : [];
    if (message.role === 'assistant' && !isGiven(message.content) && open.length === 0) {
      const problem = "Invalid value for 'content': expected a string, got null.";
      return openAiRefusal(400, { message: problem, param: `messages.[${index}].content` });
    }
  }
  return open.length > 0 ? unanswered(open, 'messages') : undefined;
}

function unanswered(ids: readonly string[], param: string): Refusal {
  const message = `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`;
  return openAiRefusal(400, { message, param });
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
