import type { ModelRequest } from '../protocol.ts';
import type { OpenAiBody } from './openai-schema.ts';

/** Whether a request has `functions`, which are tools of which a reply calls one at most, by `function_call`. */
export function hasLegacyFunctions({ functions = [] }: OpenAiBody): boolean {
  return functions.length > 0;
}

/** What a Chat Completions request asks of its reply. */
export function askedOfOpenAi(body: OpenAiBody): ModelRequest {
  const { messages, stop, response_format: format } = body;
  const legacy = hasLegacyFunctions(body);
  const functions = legacy ? (body.functions ?? []) : (body.tools ?? []).map((tool) => tool.function);
  const results = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  return {
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    tools: functions.map(({ name, parameters }) => ({ name, parameters: parameters ?? { type: 'object' } })),
    toolChoice: legacy ? (body.function_call ?? 'auto') : toToolChoice(body.tool_choice),
    oneToolAtATime: legacy || body.parallel_tool_calls === false,
    schema: format?.type === 'json_schema' ? (format.json_schema.schema ?? {}) : undefined,
    toolResults: results.flatMap((message) => (message.role === 'tool' ? [textOf(message.content)] : [])),
  };
}

function toToolChoice(choice: OpenAiBody['tool_choice']): ModelRequest['toolChoice'] {
  return typeof choice === 'object' && choice !== null ? { name: choice.function.name } : (choice ?? 'auto');
}

function textOf(content: string | { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
