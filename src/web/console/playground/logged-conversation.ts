import type { ChatParameters, ChatTool } from './chat-api-types.ts';
import {
  type AttachedImage,
  createAssistantMessage,
  createMessageId,
  createUserMessage,
  type Message,
} from './conversation.ts';
import type { JsonRecord } from './json-value.ts';
import { emptyReply, type Reply, type ReplyToolCall } from './streamed-reply.ts';

/** What the playground can send again of a logged request. */
export interface LoggedConversation {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly parameters: ChatParameters;
  readonly tools: readonly ChatTool[];
  readonly responseFormat: JsonRecord | undefined;
  readonly isStreamed: boolean;
  /** The paths of what it cannot: `metadata`, `messages[2].content[1]`. */
  readonly leftOut: readonly string[];
}

/** A text with images, as messages of all APIs have it. */
export interface LoggedContent {
  readonly text: string;
  readonly images: readonly AttachedImage[];
}

/** Collects the messages of a logged request in their order, and the paths of what is left out. */
export class LoggedMessages {
  readonly leftOut: string[] = [];
  readonly messages: Message[] = [];
  readonly #system: string[] = [];

  get system(): string {
    return this.#system.join('\n\n');
  }

  addSystem(text: string): void {
    if (text !== '') this.#system.push(text);
  }

  addUser({ text, images }: LoggedContent): void {
    if (text !== '' || images.length > 0) this.messages.push(createUserMessage({ text, images }));
  }

  addAssistant(changes: Partial<Reply>): void {
    this.messages.push(createAssistantMessage({ ...emptyReply, status: 'loaded', ...changes }));
  }

  /** Adds a call to the reply before it. */
  addToolCall(call: ReplyToolCall): void {
    const last = this.messages.at(-1);
    if (last?.role === 'assistant') {
      const { reply } = last;
      this.messages.splice(-1, 1, { ...last, reply: { ...reply, toolCalls: [...reply.toolCalls, call] } });
    } else this.addAssistant({ toolCalls: [call] });
  }

  addToolResult(toolCallId: string, text: string): void {
    const calls = this.messages.flatMap((message) => (message.role === 'assistant' ? message.reply.toolCalls : []));
    const toolName = calls.find(({ id }) => id === toolCallId)?.name ?? '';
    this.messages.push({ role: 'tool', id: createMessageId(), toolCallId, toolName, text });
  }

  /** Adds the fields that are not among those that are read. A field without a value asks for nothing. */
  leaveOutOthers(record: JsonRecord, readNames: readonly string[], prefix = ''): void {
    for (const [name, value] of Object.entries(record)) {
      if (value !== null && !readNames.includes(name)) this.leftOut.push(prefix + name);
    }
  }

  /** Reads a text or a list of content parts. `readPart` returns a text, an image, or undefined for what is left out. */
  readParts(
    value: unknown,
    path: string,
    readPart: (part: unknown) => string | AttachedImage | undefined,
  ): LoggedContent {
    if (typeof value === 'string') return { text: value, images: [] };
    const texts: string[] = [];
    const images: AttachedImage[] = [];
    for (const [index, part] of (Array.isArray(value) ? value : []).entries()) {
      const content = readPart(part);
      if (content === undefined) this.leftOut.push(`${path}[${index}]`);
      else if (typeof content === 'string') texts.push(content);
      else images.push(content);
    }
    return { text: texts.filter((text) => text !== '').join('\n\n'), images };
  }
}
