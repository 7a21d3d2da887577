import type { FieldPath } from '../../domain/error-issue.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { ContentPart, Message, ToolCall, ToolResult } from '../../domain/request.ts';
import { itemSchemas } from './openai-responses-item-schemas.ts';
import { parseField, parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';
import {
  parseResponsesAssistantContent,
  parseResponsesInputContent,
  parseResponsesReasoning,
  parseResponsesTextContent,
} from './parse-openai-responses-content.ts';
import type { ResponseToolNames } from './response-tool-names.ts';
import type { ResponsesRequestPaths } from './responses-request-paths.ts';

const maxItems = 10_000;
const roles = 'user, assistant, system or developer';

interface InputOptions {
  readonly instructions: string | null | undefined;
  /** The items of the stored responses that the request continues. They come before the input, which may be absent then. */
  readonly previousItems?: readonly unknown[] | undefined;
  readonly toolNames: ResponseToolNames;
  readonly paths: ResponsesRequestPaths;
}

/**
 * Parses the input of a Responses request, a text or a list of items, the instructions before it. What an assistant says and
 * calls in successive items is one message. Throws `invalid_request` that names the item, and `not_found` for a reference.
 */
export function parseOpenAiResponsesInput(
  input: unknown,
  { instructions, previousItems = [], toolNames, paths }: InputOptions,
): readonly Message[] {
  const conversation = new Conversation(toolNames, paths);
  if (instructions)
    conversation.add({ role: 'system', content: [{ type: 'text', text: instructions }] }, ['instructions']);
  for (const item of previousItems) conversation.read(item, ['previous_response_id']);
  if (typeof input === 'string') {
    conversation.add({ role: 'user', content: [{ type: 'text', text: input }] }, ['input']);
    return conversation.messages;
  }
  if (input === undefined && previousItems.length > 0) return conversation.messages;
  const problem =
    input === undefined ? 'is missing: send a text or a list of items' : 'must be a string or a list of items';
  if (!Array.isArray(input)) return throwInvalid(['input'], problem);
  const items = parseList(input, ['input'], { min: previousItems.length > 0 ? 0 : 1, max: maxItems });
  for (const [index, item] of items.entries()) conversation.read(item, ['input', index]);
  return conversation.messages;
}

class Conversation {
  readonly messages: Message[] = [];
  readonly #toolNames: ResponseToolNames;
  readonly #paths: ResponsesRequestPaths;
  readonly #callIds = new Set<string>();
  /** The content of the assistant's message that the next item may go on with. */
  #reply: ContentPart[] | undefined;

  constructor(toolNames: ResponseToolNames, paths: ResponsesRequestPaths) {
    this.#toolNames = toolNames;
    this.#paths = paths;
  }

  add(message: Message, path: FieldPath): void {
    this.#reply = undefined;
    this.messages.push(message);
    this.#paths.addMessage(path);
  }

  read(item: unknown, at: FieldPath): void {
    const parsed = this.#parseItem(item, at);
    if (!isParts(parsed)) this.add(parsed, at);
    else if (parsed.length > 0) this.#addReply(parsed, at);
  }

  /** Returns a message, or parts of what the assistant says. */
  #parseItem(item: unknown, at: FieldPath): Message | readonly ContentPart[] {
    const type = readType(item, at);
    switch (type) {
      case 'message':
        return this.#parseMessage(item, at);
      case 'reasoning':
        return parseResponsesReasoning(parseField(item, itemSchemas.reasoning, at));
      case 'function_call':
        return [this.#parseFunctionCall(item, at)];
      case 'custom_tool_call':
        return [this.#parseCustomToolCall(item, at)];
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#parseOutput(item, at);
      case 'item_reference':
        return throwUnknownItem(item, at);
      default:
        return throwInvalid([...at, 'type'], `${quoteValue(type)} cannot be sent to this model's provider`);
    }
  }

  #parseMessage(item: unknown, at: FieldPath): Message | readonly ContentPart[] {
    const { role, content } = parseField(item, itemSchemas.message, at);
    const path = [...at, 'content'];
    switch (role) {
      case 'user':
        return { role, content: parseResponsesInputContent(content, path) };
      case 'assistant':
        return parseResponsesAssistantContent(content, path);
      case 'system':
      case 'developer':
        return { role: 'system', content: parseResponsesTextContent(content, path) };
      default:
        return throwInvalid([...at, 'role'], `${quoteValue(role)} is no role: use ${roles}`);
    }
  }

  #addReply(parts: readonly ContentPart[], at: FieldPath): void {
    if (!this.#reply) {
      const content: ContentPart[] = [];
      this.add({ role: 'assistant', content }, at);
      this.#reply = content;
    }
    this.#reply.push(...parts);
    this.#paths.addParts(at, parts.length);
  }

  #parseFunctionCall(item: unknown, at: FieldPath): ToolCall {
    const { call_id: id, name, namespace, arguments: input } = parseField(item, itemSchemas.functionCall, at);
    this.#callIds.add(id);
    const argumentsJson = typeof input === 'string' ? input : JSON.stringify(input ?? {});
    return { type: 'tool_call', id, name: this.#toolNames.flatten(name, namespace), argumentsJson };
  }

  /** Other vendors have no custom tools: the text becomes the one argument. */
  #parseCustomToolCall(item: unknown, at: FieldPath): ToolCall {
    const { call_id: id, name, namespace, input } = parseField(item, itemSchemas.customToolCall, at);
    this.#callIds.add(id);
    const argumentsJson = JSON.stringify({ input: input ?? '' });
    return { type: 'tool_call', id, name: this.#toolNames.flatten(name, namespace), argumentsJson };
  }

  #parseOutput(item: unknown, at: FieldPath): ToolResult {
    const { call_id: toolCallId, output } = parseField(item, itemSchemas.toolCallOutput, at);
    if (!this.#callIds.has(toolCallId)) {
      throwInvalid([...at, 'call_id'], `${quoteValue(toolCallId)} is the id of no tool call in the items before it`);
    }
    const content = output == null ? [] : parseResponsesInputContent(output, [...at, 'output']);
    return { role: 'tool', toolCallId, content };
  }
}

function isParts(parsed: Message | readonly ContentPart[]): parsed is readonly ContentPart[] {
  return Array.isArray(parsed);
}

/** A message may have no type, and so may a reference. */
function readType(item: unknown, at: FieldPath): unknown {
  if (typeof item !== 'object' || item === null) return throwInvalid(at, 'must be an item');
  if ('type' in item) return item.type;
  if ('role' in item) return 'message';
  return 'id' in item ? 'item_reference' : throwInvalid([...at, 'type'], 'is missing: send items such as message');
}

function throwUnknownItem(item: unknown, at: FieldPath): never {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
  const fix = 'set store to false, so that the client sends the items themselves';
  const message = `${quoteValue(id)} is not found, because items are not stored for this model's provider: ${fix}`;
  throw new GatewayError('not_found', [{ path: [...at, 'id'], message }]);
}
