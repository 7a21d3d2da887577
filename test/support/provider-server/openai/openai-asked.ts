import type { ModelRequest } from '../protocol.ts';
import type { OpenAiBody } from './openai-schema.ts';

/** What a Chat Completions request asks of its reply. */
export function askedOfOpenAi(body: OpenAiBody): ModelRequest {
  const { messages, stop, tools = [], tool_choice: choice, response_format: format } = body;
  const results = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  return {
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    tools: tools.map(({ function: { name, parameters } }) => ({ name, parameters: parameters ?? { type: 'object' } })),
    toolChoice: typeof choice === 'object' && choice !== null ? { name: choice.function.name } : (choice ?? 'auto'),
    oneToolAtATime: body.parallel_tool_calls === false,
    schema: format?.type === 'json_schema' ? (format.json_schema.schema ?? {}) : undefined,
    toolResults: results.flatMap((message) => (message.role === 'tool' ? [textOf(message.content)] : [])),
  };
}

function textOf(content: string | { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}
