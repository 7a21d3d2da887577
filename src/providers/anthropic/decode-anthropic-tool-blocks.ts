import type { StreamEvent } from '../../domain/response.ts';
import { compactJson } from '../../lib/exact-json.ts';
import { findJsonSpans } from '../../lib/find-json-spans.ts';
import { unreadableReplyError } from '../provider-error.ts';
import type { MessageEvent } from './anthropic-event-schema.ts';

interface ToolBlock {
  /** 0 for the first tool call of the reply, not counting blocks of other types. */
  readonly index: number;
  /** Arguments that came with the beginning of the block, as JSON text. They count only where none are streamed. */
  readonly inputJson: string | undefined;
  streamed: boolean;
}

/** The tool calls of one streamed message. The blocks of the vendor's own tools, which it runs itself, are none. */
export class ToolBlockDecoder {
  readonly #vendorName: string;
  readonly #open = new Map<number | undefined, ToolBlock>();
  #nextIndex = 0;

  constructor(vendorName: string) {
    this.#vendorName = vendorName;
  }

  /** Whether the reply has called a tool. */
  get any(): boolean {
    return this.#nextIndex > 0;
  }

  /** `json` is the text of the event. Throws `provider_error` for a call that has no id or no name. */
  start({ index: blockIndex, content_block: block }: MessageEvent, json: string): StreamEvent[] {
    if (block?.type !== 'tool_use') return [];
    const { id, name } = block;
    if (id === undefined || name === undefined) {
      throw unreadableReplyError(this.#vendorName, 'a tool call has no id or name');
    }
    const index = this.#nextIndex++;
    const input = findJsonSpans(json, ['content_block', 'input'])[0];
    this.#open.set(blockIndex, { index, inputJson: input && json.slice(input.start, input.end), streamed: false });
    return [{ type: 'tool_call', index, id, name }];
  }

  extend({ index: blockIndex, delta }: MessageEvent): StreamEvent[] {
    const tool = this.#open.get(blockIndex);
    if (tool === undefined || delta?.type !== 'input_json_delta' || !delta.partial_json) return [];
    tool.streamed = true;
    return [{ type: 'tool_arguments', index: tool.index, json: delta.partial_json }];
  }

  stop(blockIndex: number | undefined): StreamEvent[] {
    const tool = this.#open.get(blockIndex);
    this.#open.delete(blockIndex);
    if (tool === undefined || tool.streamed) return [];
    return [{ type: 'tool_arguments', index: tool.index, json: toArgumentsJson(tool.inputJson) }];
  }

  stopAll(): StreamEvent[] {
    return [...this.#open.keys()].flatMap((blockIndex) => this.stop(blockIndex));
  }
}

/**
 * Returns the arguments of a call by the text of its `input`, whose numbers so keep their digits. A call without arguments
 * may have none: its caller is still to read a JSON object.
 */
export function toArgumentsJson(inputJson: string | undefined): string {
  return inputJson === undefined || inputJson === 'null' ? '{}' : compactJson(inputJson);
}
