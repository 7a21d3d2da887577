import type { StreamEvent } from '../../domain/response.ts';
import { createToolCallId, type OpenAiToolCall } from './decode-openai-chat-reply.ts';

interface OpenCall {
  readonly index: number;
  /** The vendor's id, by which a call is told from the next one. */
  id: string | undefined;
  announced: boolean;
  /** Arguments that came before the name. */
  held: string;
}

/**
 * Tells which tool call each delta of a stream belongs to. OpenAI numbers them; some vendors leave the number out, or
 * write 0 for every call, and then a new id, or a name without an id, begins a new call. Calls are numbered here in the
 * order in which they begin.
 */
export class ToolCallDeltaDecoder {
  readonly #calls: OpenCall[] = [];
  readonly #byVendorIndex = new Map<number, OpenCall>();

  get any(): boolean {
    return this.#calls.some((call) => call.announced);
  }

  /** Appends the events that a delta makes. */
  read(delta: OpenAiToolCall, events: StreamEvent[]): void {
    const call = this.#find(delta) ?? this.#open(delta);
    call.id ??= delta.id;
    call.held += delta.function?.arguments ?? '';
    const name = delta.function?.name;
    if (!call.announced && name !== undefined) {
      call.announced = true;
      events.push({ type: 'tool_call', index: call.index, id: call.id ?? createToolCallId(), name });
    }
    if (call.announced && call.held !== '') {
      events.push({ type: 'tool_arguments', index: call.index, json: call.held });
      call.held = '';
    }
  }

  #find({ index, id, function: called }: OpenAiToolCall): OpenCall | undefined {
    const candidate = index === undefined ? this.#calls.at(-1) : this.#byVendorIndex.get(index);
    if (id !== undefined) {
      const mayBeIts = candidate?.id === id || (index !== undefined && candidate?.id === undefined);
      return mayBeIts ? candidate : this.#calls.find((call) => call.id === id);
    }
    if (index === undefined && called?.name !== undefined && candidate?.announced) return undefined;
    return candidate;
  }

  #open({ index, id }: OpenAiToolCall): OpenCall {
    const call: OpenCall = { index: this.#calls.length, id, announced: false, held: '' };
    this.#calls.push(call);
    if (index !== undefined) this.#byVendorIndex.set(index, call);
    return call;
  }
}
