import * as z from 'zod';
import type { Message, ReplyPart, ToolCall, ToolResult } from '../../domain/request.ts';
import { messageSchemas, toolCallSchema } from './openai-message-schemas.ts';
import { toAssistantContent, toText, toTextContent, toUserContent } from './parse-openai-content.ts';
import { listAt, type Path, parseAt, quoted, refuse } from './parse-openai-field.ts';

const roleSchema = z.looseObject({ role: z.unknown().optional() });
const roles = 'system, developer, user, assistant, tool or function';

const mostMessages = 10_000;
const mostToolCalls = 1000;

/**
 * The messages of a Chat Completions request. `developer` is the newer name of `system`. Reasoning that comes back as
 * `reasoning_content` is kept: a provider that cannot take it back without its vendor's seal leaves it out by itself.
 * Throws `invalid_request` that names the place of the first thing that is wrong or cannot be said in a call.
 */
export function toConversation(messages: unknown): Message[] {
  const list = listAt(messages, ['messages'], { least: 1, most: mostMessages });
  const conversation = new Conversation();
  return list.map((message, index) => conversation.read(message, ['messages', index]));
}

/** Reads messages in their order, for a result is told by the call before it that it answers. */
class Conversation {
  readonly #callIds = new Set<string>();
  /** A call from before calls had ids, until its result has come. */
  #openFunction: { readonly id: string; readonly name: string } | undefined;

  read(message: unknown, at: Path): Message {
    const { role } = parseAt(message, roleSchema, at);
    switch (role) {
      case 'system':
      case 'developer': {
        const { content } = parseAt(message, messageSchemas.system, at);
        return { role: 'system', content: toTextContent(content, [...at, 'content']) };
      }
      case 'user': {
        const { content } = parseAt(message, messageSchemas.user, at);
        return { role, content: toUserContent(content, [...at, 'content']) };
      }
      case 'assistant':
        return { role, content: this.#readReply(parseAt(message, messageSchemas.assistant, at), at) };
      case 'tool':
        return this.#readResult(parseAt(message, messageSchemas.tool, at), at);
      case 'function':
        return this.#readFunctionResult(parseAt(message, messageSchemas.function, at), at);
      default:
        return refuse([...at, 'role'], `${quoted(role)} is no role: use ${roles}`);
    }
  }

  #readReply(reply: z.infer<typeof messageSchemas.assistant>, at: Path): ReplyPart[] {
    const { content, refusal, reasoning_content: reasoning, tool_calls, function_call: called } = reply;
    const calls = this.#readToolCalls(tool_calls, [...at, 'tool_calls']);
    if (called && calls.length > 0) refuse([...at, 'function_call'], 'cannot stand beside tool_calls: leave it out');
    if (called) calls.push(this.#readFunctionCall(called, at));
    const isSaid = typeof content === 'string' || Array.isArray(content);
    if (!isSaid && (content != null || (calls.length === 0 && !refusal))) {
      refuse([...at, 'content'], 'must be a string or a list of parts, unless there are tool_calls or a refusal');
    }
    return [
      ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : []),
      ...toAssistantContent(content, [...at, 'content']),
      ...toText(refusal ?? ''),
      ...calls,
    ];
  }

  #readToolCalls(calls: unknown, at: Path): ToolCall[] {
    if (calls === null || calls === undefined) return [];
    return listAt(calls, at, { most: mostToolCalls }).map((call, index) => {
      const { id, function: called } = parseAt(call, toolCallSchema, [...at, index]);
      this.#callIds.add(id);
      return { type: 'tool_call', id, name: called.name, argumentsJson: called.arguments };
    });
  }

  #readFunctionCall(called: { name: string; arguments: string }, at: Path): ToolCall {
    const id = `call_function_${String(at.at(-1))}`;
    this.#openFunction = { id, name: called.name };
    return { type: 'tool_call', id, name: called.name, argumentsJson: called.arguments };
  }

  #readResult({ tool_call_id: id, content }: z.infer<typeof messageSchemas.tool>, at: Path): ToolResult {
    if (!this.#callIds.has(id)) {
      refuse([...at, 'tool_call_id'], `${quoted(id)} is the id of no tool call in the messages before it`);
    }
    return { role: 'tool', toolCallId: id, content: toTextContent(content, [...at, 'content']) };
  }

  #readFunctionResult({ name, content }: z.infer<typeof messageSchemas.function>, at: Path): ToolResult {
    const open = this.#openFunction;
    if (open?.name !== name) {
      return refuse([...at, 'name'], `${quoted(name)} answers no function_call before it that is still open`);
    }
    this.#openFunction = undefined;
    return { role: 'tool', toolCallId: open.id, content: toText(content ?? '') };
  }
}
