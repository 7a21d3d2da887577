import type { AnthropicModel } from '../models.ts';
import type { Refusal } from '../protocol.ts';
import { invalidRequest } from './anthropic-errors.ts';
import type { AnthropicBody, AnthropicMessage } from './anthropic-schema.ts';

/**
 * What Anthropic refuses in a conversation. Stricter than the real API in one thing: that joins messages of one role
 * that follow each other, and here, as in its first years, the roles must alternate.
 */
export function refuseMessages({ messages, system }: AnthropicBody, model: AnthropicModel): Refusal | undefined {
  return (
    refuseRoles(messages, model) ??
    refuseEmpty(messages) ??
    refuseBlankText(messages, system) ??
    refuseToolPairs(messages) ??
    refuseEnd(messages, model)
  );
}

/** Models from the fifth generation on take system messages behind a user's. */
function refuseRoles(messages: readonly AnthropicMessage[], model: AnthropicModel): Refusal | undefined {
  if (messages.length === 0) return invalidRequest('messages: at least one message is required');
  for (const { role } of messages) {
    if (role === 'user' || role === 'assistant') continue;
    if (role === 'system' && model.systemMessages) continue;
    const hint =
      role === 'system'
        ? 'The Messages API accepts a top-level `system` parameter, not "system" as an input message role.'
        : 'Allowed roles are "user" or "assistant"';
    return invalidRequest(`messages: Unexpected role "${role}". ${hint}`);
  }
  if (messages[0]?.role !== 'user') return invalidRequest('messages: first message must use the "user" role');
  const turns = messages.filter(({ role }) => role !== 'system');
  const doubled = turns.find((message, index) => message.role === turns[index + 1]?.role);
  return doubled === undefined
    ? undefined
    : invalidRequest(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${doubled.role}" roles in a row`,
      );
}

function refuseEmpty(messages: readonly AnthropicMessage[]): Refusal | undefined {
  const index = messages.findIndex(
    ({ role, content, output_config }, at) =>
      content.length === 0 && output_config == null && !(role === 'assistant' && at === messages.length - 1),
  );
  return index < 0
    ? undefined
    : invalidRequest(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
}

function refuseBlankText(messages: readonly AnthropicMessage[], system: AnthropicBody['system']): Refusal | undefined {
  const fields: [string, AnthropicMessage['content']][] = messages.map(({ content }) => ['messages', content]);
  if (system !== undefined) fields.push(['system', system]);
  for (const [field, content] of fields) {
    const texts =
      typeof content === 'string'
        ? [content].filter((text) => text !== '')
        : content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    if (texts.includes('')) return invalidRequest(`${field}: text content blocks must be non-empty`);
    if (texts.some((text) => text.trim() === '')) {
      return invalidRequest(`${field}: text content blocks must contain non-whitespace text`);
    }
  }
  return undefined;
}

function refuseToolPairs(messages: readonly AnthropicMessage[]): Refusal | undefined {
  let open: string[] = [];
  for (const [index, { content }] of messages.entries()) {
    const blocks = typeof content === 'string' ? [] : content;
    const answered: string[] = [];
    for (const [at, block] of blocks.entries()) {
      if (block.type !== 'tool_result') continue;
      answered.push(block.tool_use_id);
      if (open.includes(block.tool_use_id)) continue;
      return invalidRequest(
        `messages.${index}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    const missing = open.filter((id) => !answered.includes(id));
    if (missing.length > 0) return unanswered(index - 1, missing);
    open = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
  }
  return open.length > 0 ? unanswered(messages.length - 1, open) : undefined;
}

function unanswered(index: number, ids: readonly string[]): Refusal {
  return invalidRequest(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function refuseEnd(messages: readonly AnthropicMessage[], model: AnthropicModel): Refusal | undefined {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return undefined;
  if (!model.prefill) {
    return invalidRequest(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
  const end = typeof last.content === 'string' ? last.content : last.content.at(-1);
  const text = typeof end === 'string' ? end : end?.type === 'text' ? end.text : '';
  return /\s$/.test(text)
    ? invalidRequest('messages: final assistant content cannot end with trailing whitespace')
    : undefined;
}
