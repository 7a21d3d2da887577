import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { ContentPart, Message, ReasoningPart, ToolCall, ToolResult } from '../../domain/request.ts';
import { customCallSchema, messageSchemas, toolCallSchema } from './openai-message-schemas.ts';
import { readExtraContent, readReasoningDetails } from './openai-opaque-values.ts';
import {
  markLastPart,
  parseAssistantContent,
  parseInputContent,
  parseText,
  parseTextContent,
} from './parse-openai-content.ts';
import { parseField, parseList, quoteValue, throwInvalid } from './parse-openai-field.ts';

const roleSchema = z.looseObject({ role: z.unknown().optional() });
const roles = 'system, developer, user, assistant, tool or function';

const maxMessages = 10_000;
const maxToolCalls = 1000;

/**
 * The messages of a Chat Completions request. `developer` is the newer name of `system`. Reasoning that comes back as
 * `reasoning_content` is kept: a provider that cannot take it back without its vendor's signature leaves it out by itself.
 * Throws `invalid_request` that names the place of the first thing that is wrong or cannot be said in a call.
 */
export function parseOpenAiMessages(messages: unknown): Message[] {
  const list = parseList(messages, ['messages'], { min: 1, max: maxMessages });
  const conversation = new Conversation();
  return list.map((message, index) => conversation.read(message, ['messages', index]));
}

/** Reads messages in their order, for a result is told by the call before it that it answers. */
class Conversation {
  readonly #callIds = new Set<string>();
  /** A call from before calls had ids, until its result has come. */
  #openFunction: { readonly id: string; readonly name: string } | undefined;

  read(message: unknown, at: FieldPath): Message {
    const { role } = parseField(message, roleSchema, at);
    switch (role) {
      case 'system':
      case 'developer': {
        const { content } = parseField(message, messageSchemas.system, at);
        return { role: 'system', content: markLastPart(parseTextContent(content, [...at, 'content']), message) };
      }
      case 'user': {
        const { content } = parseField(message, messageSchemas.user, at);
        return { role, content: markLastPart(parseInputContent(content, [...at, 'content']), message) };
      }
      case 'assistant':
        return {
          role,
          content: markLastPart(this.#readReply(parseField(message, messageSchemas.assistant, at), at), message),
        };
      case 'tool':
        return this.#readResult(parseField(message, messageSchemas.tool, at), at);
      case 'function':
        return this.#readFunctionResult(parseField(message, messageSchemas.function, at), at);
      default:
        return throwInvalid([...at, 'role'], `${quoteValue(role)} is no role: use ${roles}`);
    }
  }

  #readReply(reply: z.infer<typeof messageSchemas.assistant>, at: FieldPath): ContentPart[] {
    const { content, refusal, reasoning_content: reasoning, reasoning_details, tool_calls } = reply;
    const { function_call: called } = reply;
    const calls = this.#readToolCalls(tool_calls, [...at, 'tool_calls']);
    if (called && calls.length > 0)
      throwInvalid([...at, 'function_call'], 'cannot stand beside tool_calls: leave it out');
    if (called) calls.push(this.#readFunctionCall(called, at));
    return [
      ...toReasoning(reasoning ?? '', readReasoningDetails(reasoning_details)),
      ...parseAssistantContent(content, [...at, 'content']),
      ...parseText(refusal ?? ''),
      ...calls,
    ];
  }

  #readToolCalls(calls: unknown, at: FieldPath): ToolCall[] {
    if (calls === null || calls === undefined) return [];
    return parseList(calls, at, { max: maxToolCalls }).map((call, index) => {
      if (isCustomCall(call)) return this.#readCustomCall(call, [...at, index]);
      const { id, function: called, extra_content } = parseField(call, toolCallSchema, [...at, index]);
      const opaque = readExtraContent(extra_content);
      this.#callIds.add(id);
      const argumentsJson = toArgumentsJson(called.arguments);
      return { type: 'tool_call', id, name: called.name, argumentsJson, ...(opaque && { opaque }) };
    });
  }

  /** Other vendors have no custom tools: the text becomes the one argument. */
  #readCustomCall(call: unknown, at: FieldPath): ToolCall {
    const { id, custom } = parseField(call, customCallSchema, at);
    this.#callIds.add(id);
    return { type: 'tool_call', id, name: custom.name, argumentsJson: JSON.stringify({ input: custom.input ?? '' }) };
  }

  #readFunctionCall(called: z.infer<typeof toolCallSchema>['function'], at: FieldPath): ToolCall {
    const id = `call_function_${String(at.at(-1))}`;
    this.#openFunction = { id, name: called.name };
    return { type: 'tool_call', id, name: called.name, argumentsJson: toArgumentsJson(called.arguments) };
  }

  #readResult({ tool_call_id: id, content }: z.infer<typeof messageSchemas.tool>, at: FieldPath): ToolResult {
    if (!this.#callIds.has(id)) {
      throwInvalid([...at, 'tool_call_id'], `${quoteValue(id)} is the id of no tool call in the messages before it`);
    }
    const parts = content == null ? [] : parseInputContent(content, [...at, 'content']);
    return { role: 'tool', toolCallId: id, content: parts };
  }

  #readFunctionResult({ name, content }: z.infer<typeof messageSchemas.function>, at: FieldPath): ToolResult {
    const open = this.#openFunction;
    if (open?.name !== name) {
      return throwInvalid([...at, 'name'], `${quoteValue(name)} answers no function_call before it that is still open`);
    }
    this.#openFunction = undefined;
    return { role: 'tool', toolCallId: open.id, content: parseText(content ?? '') };
  }
}

function isCustomCall(call: unknown): boolean {
  return typeof call === 'object' && call !== null && 'type' in call && call.type === 'custom';
}

function toArgumentsJson(argument: string | object | null | undefined): string {
  return typeof argument === 'string' ? argument : JSON.stringify(argument ?? {});
}

/** An opaque value stands for the text beside it too. */
function toReasoning(text: string, values: readonly string[]): ReasoningPart[] {
  if (values.length > 0) return values.map((opaque) => ({ type: 'reasoning', text: '', opaque }));
  return text === '' ? [] : [{ type: 'reasoning', text }];
}
