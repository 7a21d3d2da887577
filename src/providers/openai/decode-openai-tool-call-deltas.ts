import type { StreamEvent } from '../../domain/response.ts';
import { createToolCallId } from '../../domain/tool-call-id.ts';
import type { OpenAiToolCall } from './decode-openai-chat-reply.ts';

interface OpenCall {
  readonly index: number;
  /** The vendor's id, by which a call is told from the next one. */
  id: string | undefined;
  started: boolean;
  /** Arguments before the name. */
  pendingArguments: string;
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
    return this.#calls.some((call) => call.started);
  }

  /** Appends the events that a delta makes. */
  read(delta: OpenAiToolCall, events: StreamEvent[]): void {
    const call = this.#find(delta) ?? this.#open(delta);
    call.id ??= delta.id;
    call.pendingArguments += delta.function?.arguments ?? '';
    const name = delta.function?.name;
    const { thoughtSignature: signature } = delta;
    if (call.started && signature) events.push({ type: 'tool_signature', index: call.index, signature });
    if (!call.started && name !== undefined) {
      call.started = true;
      events.push({
        type: 'tool_call',
        index: call.index,
        id: call.id ?? createToolCallId(),
        name,
        ...(signature && { signature }),
      });
    }
    if (call.started && call.pendingArguments !== '') {
      events.push({ type: 'tool_arguments', index: call.index, json: call.pendingArguments });
      call.pendingArguments = '';
    }
  }

  #find({ index, id, function: called }: OpenAiToolCall): OpenCall | undefined {
    const candidate = index === undefined ? this.#calls.at(-1) : this.#byVendorIndex.get(index);
    if (id !== undefined) {
      const mayBeIts = candidate?.id === id || (index !== undefined && candidate?.id === undefined);
      return mayBeIts ? candidate : this.#calls.find((call) => call.id === id);
    }
    if (index === undefined && called?.name !== undefined && candidate?.started) return undefined;
    return candidate;
  }

  #open({ index, id }: OpenAiToolCall): OpenCall {
    const call: OpenCall = { index: this.#calls.length, id, started: false, pendingArguments: '' };
    this.#calls.push(call);
    if (index !== undefined) this.#byVendorIndex.set(index, call);
    return call;
  }
}
