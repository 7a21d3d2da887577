import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import type { ContentPart, InputPart, Message, ToolResult } from '../../domain/request.ts';
import { FunctionCallMatcher } from './function-call-matcher.ts';
import type { FunctionResponse, GeminiContent, GeminiPart } from './gemini-content-schemas.ts';
import { parseGeminiThoughtSignature } from './gemini-thought-signature.ts';
import { parseGeminiFileData, parseGeminiInlineData } from './parse-gemini-media.ts';

/** A conversation, and the field that each message comes from. */
export interface Conversation {
  readonly messages: readonly Message[];
  readonly paths: readonly FieldPath[];
}

/**
 * Parses the conversation of a request, the system instruction as its first message. Contents of the model that follow each other
 * become one message: clients keep each chunk of a stream as a content of its own. Throws `invalid_request`.
 */
export function parseGeminiContents(system: readonly GeminiPart[], contents: readonly GeminiContent[]): Conversation {
  const parser = new ConversationParser();
  parser.addSystem(system);
  for (const [index, content] of contents.entries()) parser.addContent(content, index);
  return parser.end();
}

class ConversationParser {
  readonly #messages: Message[] = [];
  readonly #paths: FieldPath[] = [];
  readonly #calls = new FunctionCallMatcher();
  /** The turn of the model that is not ended. */
  #turn: { readonly parts: ContentPart[]; readonly path: FieldPath } | undefined;

  addSystem(parts: readonly GeminiPart[]): void {
    for (const [index, part] of parts.entries()) {
      if (part.inlineData || part.fileData || part.functionCall || part.functionResponse) {
        throw invalidFieldError(['systemInstruction', 'parts', index], 'must be text');
      }
    }
    const text = parts.flatMap((part) => part.text || []).join('\n\n');
    if (text !== '') this.#add({ role: 'system', content: [{ type: 'text', text }] }, ['systemInstruction']);
  }

  addContent({ role, parts }: GeminiContent, index: number): void {
    const path = ['contents', index];
    if (role === 'model') {
      if (!this.#turn) this.#calls.beginTurn();
      this.#turn ??= { parts: [], path };
      for (const [place, part] of (parts ?? []).entries()) this.#addModelPart(part, [...path, 'parts', place]);
      return;
    }
    this.#endTurn();
    const content: InputPart[] = [];
    for (const [place, part] of (parts ?? []).entries()) {
      const partPath = [...path, 'parts', place];
      if (part.functionCall)
        throw invalidFieldError([...partPath, 'functionCall'], 'must be in a content of role model');
      if (part.functionResponse) {
        const responsePath = [...partPath, 'functionResponse'];
        this.#add(this.#toToolResult(part.functionResponse, responsePath), partPath);
      }
      content.push(...toInputParts(part, partPath));
    }
    if (content.length > 0) this.#add({ role: 'user', content }, path);
  }

  end(): Conversation {
    this.#endTurn();
    if (this.#messages.every(({ role }) => role === 'system')) {
      throw invalidFieldError(['contents'], 'must hold text, an image or a PDF that this model can read');
    }
    return { messages: this.#messages, paths: this.#paths };
  }

  #add(message: Message, path: FieldPath): void {
    this.#messages.push(message);
    this.#paths.push(path);
  }

  /** A turn of which nothing remains is left out: no provider takes an empty one. */
  #endTurn(): void {
    if (this.#turn && this.#turn.parts.length > 0) {
      this.#add({ role: 'assistant', content: this.#turn.parts }, this.#turn.path);
    }
    this.#turn = undefined;
  }

  #addModelPart(part: GeminiPart, path: FieldPath): void {
    for (const field of ['inlineData', 'fileData', 'functionResponse'] as const) {
      if (part[field])
        throw invalidFieldError([...path, field], 'cannot be in a content of role model: send it as the user');
    }
    const turn = this.#turn?.parts ?? [];
    const opaque = parseGeminiThoughtSignature(part.thoughtSignature);
    if (part.functionCall) {
      const { id, name, args } = part.functionCall;
      const argumentsJson = JSON.stringify(args ?? {});
      turn.push({ type: 'tool_call', id: this.#calls.addCall(id, name), name, argumentsJson, opaque });
    } else if (part.thought) {
      turn.push({ type: 'reasoning', text: part.text ?? '', opaque });
    } else if (opaque !== undefined) {
      turn.push({ type: 'reasoning', text: '', opaque });
    }
    if (part.text && !part.thought) addText(turn, part.text);
  }

  #toToolResult(response: FunctionResponse, path: FieldPath): ToolResult {
    const toolCallId = this.#calls.findCall(response.id, response.name);
    if (toolCallId === undefined) {
      throw invalidFieldError(path, 'answers no functionCall of the model before it: send the call, or its id');
    }
    const { text, isError } = readResponse(response.response ?? {});
    const attached = (response.parts ?? []).flatMap((part, index) => toInputParts(part, [...path, 'parts', index]));
    const content: InputPart[] = text === '' ? attached : [{ type: 'text', text }, ...attached];
    return { role: 'tool', toolCallId, content, ...(isError && { isError }) };
  }
}

/** Chunks of a stream are one text. */
function addText(turn: ContentPart[], text: string): void {
  const last = turn.at(-1);
  if (last?.type === 'text') turn[turn.length - 1] = { type: 'text', text: last.text + text };
  else turn.push({ type: 'text', text });
}

function toInputParts(part: Pick<GeminiPart, 'text' | 'inlineData' | 'fileData'>, path: FieldPath): InputPart[] {
  const parts: InputPart[] = part.text ? [{ type: 'text', text: part.text }] : [];
  if (part.inlineData) parts.push(parseGeminiInlineData(part.inlineData, [...path, 'inlineData']));
  if (part.fileData) parts.push(parseGeminiFileData(part.fileData, [...path, 'fileData']));
  return parts;
}

/** `output` is what a function returns, and `error` what went wrong; else the whole object is. Source: FunctionResponse. */
function readResponse(response: Readonly<Record<string, unknown>>): {
  readonly text: string;
  readonly isError: boolean;
} {
  const names = Object.keys(response);
  const [name] = names;
  if (names.length === 0) return { text: '', isError: false };
  const isError = name === 'error' && names.length === 1;
  const value = names.length === 1 && (name === 'output' || isError) ? response[name ?? ''] : response;
  return { text: typeof value === 'string' ? value : JSON.stringify(value), isError };
}
