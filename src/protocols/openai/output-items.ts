import type { ItemStatus, OutputItem, OutputItemEvent, SummaryPart } from './openai-response-api-types.ts';
import { readCustomToolInput } from './read-custom-tool-input.ts';
import type { ResponseToolName } from './response-tool-names.ts';

/** One item of a response's output while it arrives. Each method returns the events of what it adds. */
export interface OpenItem {
  /** The item as far as it has come. */
  toItem(status: ItemStatus): OutputItem;
  /** Ends the item. */
  close(): OutputItemEvent[];
}

interface ItemHead {
  readonly id: string;
  readonly index: number;
}

/** A message of texts and refusals. */
export class OpenMessage implements OpenItem {
  readonly #head: ItemHead;
  readonly #parts: { readonly type: 'output_text' | 'refusal'; text: string }[] = [];

  constructor(head: ItemHead) {
    this.#head = head;
  }

  toItem(status: ItemStatus): OutputItem {
    const content = this.#parts.map(toMessagePart);
    return { id: this.#head.id, type: 'message', status, role: 'assistant', content };
  }

  add(type: 'output_text' | 'refusal', text: string): OutputItemEvent[] {
    const last = this.#parts.at(-1);
    if (last?.type === type) {
      last.text += text;
      return [this.#delta(type, text)];
    }
    const ended = this.close();
    this.#parts.push({ type, text });
    const part = toMessagePart({ type, text: '' });
    return [...ended, { type: 'response.content_part.added', ...this.#position(), part }, this.#delta(type, text)];
  }

  close(): OutputItemEvent[] {
    const last = this.#parts.at(-1);
    if (!last) return [];
    const position = this.#position();
    const { text } = last;
    const done: OutputItemEvent =
      last.type === 'refusal'
        ? { type: 'response.refusal.done', ...position, refusal: text }
        : { type: 'response.output_text.done', ...position, text, logprobs: [] };
    return [done, { type: 'response.content_part.done', ...position, part: toMessagePart(last) }];
  }

  #delta(type: 'output_text' | 'refusal', delta: string): OutputItemEvent {
    const position = this.#position();
    return type === 'refusal'
      ? { type: 'response.refusal.delta', ...position, delta }
      : { type: 'response.output_text.delta', ...position, delta, logprobs: [] };
  }

  #position() {
    return { item_id: this.#head.id, output_index: this.#head.index, content_index: this.#parts.length - 1 };
  }
}

function toMessagePart({ type, text }: { readonly type: 'output_text' | 'refusal'; readonly text: string }) {
  return type === 'refusal' ? { type, refusal: text } : { type, text, annotations: [], logprobs: [] };
}

/** Reasoning: its text as a summary, which all clients show, and the opaque value that is to come back. */
export class OpenReasoning implements OpenItem {
  readonly #head: ItemHead;
  #text = '';
  #opaque: string | undefined;

  constructor(head: ItemHead) {
    this.#head = head;
  }

  toItem(): OutputItem {
    const summary: SummaryPart[] = this.#text === '' ? [] : [{ type: 'summary_text', text: this.#text }];
    return {
      id: this.#head.id,
      type: 'reasoning',
      summary,
      ...(this.#opaque !== undefined && { encrypted_content: this.#opaque }),
    };
  }

  addText(delta: string): OutputItemEvent[] {
    const isFirst = this.#text === '';
    this.#text += delta;
    const position = this.#position();
    const part: SummaryPart = { type: 'summary_text', text: '' };
    const text: OutputItemEvent = { type: 'response.reasoning_summary_text.delta', ...position, delta };
    return isFirst ? [{ type: 'response.reasoning_summary_part.added', ...position, part }, text] : [text];
  }

  setOpaque(opaque: string): void {
    this.#opaque = opaque;
  }

  close(): OutputItemEvent[] {
    const text = this.#text;
    if (text === '') return [];
    const position = this.#position();
    return [
      { type: 'response.reasoning_summary_text.done', ...position, text },
      { type: 'response.reasoning_summary_part.done', ...position, part: { type: 'summary_text', text } },
    ];
  }

  #position() {
    return { item_id: this.#head.id, output_index: this.#head.index, summary_index: 0 };
  }
}

/** The call of a function, or of a custom tool, whose text is known when its arguments are whole. */
export class OpenCall implements OpenItem {
  readonly #head: ItemHead;
  readonly #callId: string;
  readonly #tool: ResponseToolName;
  #arguments = '';

  constructor(head: ItemHead, callId: string, tool: ResponseToolName) {
    this.#head = head;
    this.#callId = callId;
    this.#tool = tool;
  }

  toItem(status: ItemStatus): OutputItem {
    const { name, namespace, isCustom } = this.#tool;
    const common = {
      id: this.#head.id,
      status,
      call_id: this.#callId,
      name,
      ...(namespace !== undefined && { namespace }),
    };
    return isCustom
      ? { type: 'custom_tool_call', ...common, input: this.#readInput() }
      : { type: 'function_call', ...common, arguments: this.#arguments };
  }

  addArguments(json: string): OutputItemEvent[] {
    this.#arguments += json;
    if (this.#tool.isCustom) return [];
    return [{ type: 'response.function_call_arguments.delta', ...this.#position(), delta: json }];
  }

  close(): OutputItemEvent[] {
    const position = this.#position();
    const { name, isCustom } = this.#tool;
    if (!isCustom) {
      return [{ type: 'response.function_call_arguments.done', ...position, name, arguments: this.#arguments }];
    }
    const input = this.#readInput();
    const done: OutputItemEvent = { type: 'response.custom_tool_call_input.done', ...position, input };
    return input === '' ? [done] : [{ type: 'response.custom_tool_call_input.delta', ...position, delta: input }, done];
  }

  #readInput(): string {
    return readCustomToolInput(this.#arguments);
  }

  #position() {
    return { item_id: this.#head.id, output_index: this.#head.index };
  }
}
