import type { ChatBody, ChatMessage } from './chat-api-types.ts';
import type { CreateJobInput } from './playground.generated.ts';

/** The same request as a job. A string names what a job cannot carry. */
export function toJobInput(body: ChatBody): CreateJobInput | string {
  if (!body.messages.some(({ role }) => role === 'user')) return 'Write a message.';
  const messages = body.messages.map(toJobMessage);
  const obstacles = [
    ...(body.tools || messages.some((message) => message === 'tools') ? ['tools'] : []),
    ...(messages.some((message) => message === 'images') ? ['images'] : []),
    ...(body.response_format ? ['a response format'] : []),
    ...(body.reasoning_effort === undefined ? [] : ['a reasoning effort']),
    ...(body.seed === undefined ? [] : ['a seed']),
  ];
  if (obstacles.length > 0) return `A job cannot have ${obstacles.join(', ')}.`;
  const { model, temperature, top_p: topP, stop } = body;
  const maxTokens = body.max_tokens ?? body.max_completion_tokens;
  return {
    type: 'CHAT',
    model,
    messages: messages.filter((message) => typeof message === 'object'),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(stop && { stop }),
  };
}

function toJobMessage(message: ChatMessage): { readonly role: string; readonly content: string } | 'tools' | 'images' {
  if (message.role === 'tool' || (message.role === 'assistant' && message.tool_calls)) return 'tools';
  const { role, content } = message;
  if (typeof content === 'string') return { role, content };
  return content === null ? { role, content: '' } : 'images';
}
