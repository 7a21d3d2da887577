import type { ModelRequest } from '../protocol.ts';
import type { AnthropicBody, AnthropicMessage } from './anthropic-schema.ts';

/** What a Messages request asks of its reply. */
export function askedOfAnthropic(body: AnthropicBody): ModelRequest {
  const { messages, tools = [], tool_choice: choice } = body;
  return {
    stop: body.stop_sequences ?? [],
    maxTokens: body.max_tokens,
    tools: tools.map(({ name, input_schema }) => ({ name, parameters: input_schema })),
    toolChoice: toToolChoice(choice),
    oneToolAtATime: choice != null && choice.type !== 'none' && choice.disable_parallel_tool_use === true,
    schema: body.output_config?.format?.schema,
    toolResults: toToolResults(messages.at(-1)),
  };
}

function toToolChoice(choice: AnthropicBody['tool_choice']): ModelRequest['toolChoice'] {
  if (choice == null) return 'auto';
  if (choice.type === 'tool') return { name: choice.name };
  return choice.type === 'any' ? 'required' : choice.type;
}

/** Results stand in a message of the user's; where it has words as well, those are the last. */
function toToolResults(last: AnthropicMessage | undefined): string[] {
  if (!last || typeof last.content === 'string' || last.content.some(({ type }) => type === 'text')) return [];
  return last.content.flatMap((block) => {
    if (block.type !== 'tool_result') return [];
    const { content = '' } = block;
    return typeof content === 'string'
      ? [content]
      : [content.map((one) => ('text' in one ? one.text : `(${one.type})`)).join('')];
  });
}
