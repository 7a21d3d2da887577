import type { Quirks } from '../descriptor.ts';
import type { EncodedOpenAiMessage } from './encode-openai-message.ts';

/** Stands between the results of tools and a user message. An empty message would be refused too. */
const acknowledgement: EncodedOpenAiMessage = { role: 'assistant', content: 'Done.' };

/**
 * Returns the messages of a Chat Completions request in an order that a vendor takes, with an instruction behind the client's own
 * at the beginning, so that the start of a prompt that the vendor has cached stays the same.
 */
export function arrangeOpenAiMessages(
  messages: readonly EncodedOpenAiMessage[],
  { requiresAssistantAfterTools, requiresAlternatingRoles }: Quirks,
  instruction: string | undefined,
): readonly EncodedOpenAiMessage[] {
  const instructed = instruction === undefined ? messages : addInstruction(messages, instruction);
  const separated = requiresAssistantAfterTools ? separateToolResults(instructed) : instructed;
  return requiresAlternatingRoles ? joinUserMessages(separated) : separated;
}

function addInstruction(messages: readonly EncodedOpenAiMessage[], content: string): EncodedOpenAiMessage[] {
  const index = messages.findIndex(({ role }) => role !== 'system');
  return messages.toSpliced(index < 0 ? messages.length : index, 0, { role: 'system', content });
}

/** Mistral: "Unexpected role 'user' after role 'tool'". */
function separateToolResults(messages: readonly EncodedOpenAiMessage[]): EncodedOpenAiMessage[] {
  return messages.flatMap((message, index) =>
    message.role === 'user' && messages[index - 1]?.role === 'tool' ? [acknowledgement, message] : [message],
  );
}

function joinUserMessages(messages: readonly EncodedOpenAiMessage[]): EncodedOpenAiMessage[] {
  const joined: EncodedOpenAiMessage[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role !== 'user' || last?.role !== 'user') joined.push(message);
    else joined[joined.length - 1] = { role: 'user', content: joinContents(last.content, message.content) };
  }
  return joined;
}

function joinContents(first: unknown, second: unknown): unknown {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`;
  return [first, second].flatMap((content) =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : content,
  );
}
