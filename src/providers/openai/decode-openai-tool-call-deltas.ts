import type { StreamEvent } from '../../domain/response.ts';
import { createToolCallId } from '../../domain/tool-call-id.ts';
import type { OpenAiToolCall } from './decode-openai-chat-reply.ts';

interface OpenCall {
  readonly index: number;
  /** The vendor's id, by which a call is told from the next one. */
  id: string | undefined;
  started: boolean;
  /** Arguments before the name; and an empty object, as long as nothing has followed it. */
  pendingArguments: string;
  sentArguments: boolean;
}

/** Some vendors begin a call with an empty object, which the arguments then replace: nothing can follow it in JSON. */
const emptyObject = /^\s*\{\s*\}\s*$/;

/**
 * Tells which tool call each delta of a stream belongs to. OpenAI numbers them; some vendors leave the number out, or
 * write 0 for every call, and then a new id with a name, or a name without an id, begins a new call. A new id without a
 * name does not: some vendors give every delta an id of its own. Calls are numbered here in the order in which they begin.
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
    addArguments(call, delta.function?.arguments ?? '');
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
    if (call.started && (call.sentArguments || !emptyObject.test(call.pendingArguments))) sendArguments(call, events);
  }

  /** Appends what is still pending. Returns false where arguments have come for a call without a name. */
  end(events: StreamEvent[]): boolean {
    for (const call of this.#calls) if (call.started) sendArguments(call, events);
    return this.#calls.every(({ started, pendingArguments }) => started || pendingArguments.trim() === '');
  }

  #find({ index, id, function: called }: OpenAiToolCall): OpenCall | undefined {
    const candidate = index === undefined ? this.#calls.at(-1) : this.#byVendorIndex.get(index);
    const hasName = called?.name !== undefined;
    if (id !== undefined) {
      const mayBeIts = candidate?.id === id || (index !== undefined && candidate?.id === undefined);
      if (mayBeIts) return candidate;
      return this.#calls.find((call) => call.id === id) ?? (hasName ? undefined : candidate);
    }
    if (index === undefined && hasName && candidate?.started) return undefined;
    return candidate;
  }

  #open({ index, id }: OpenAiToolCall): OpenCall {
    const call: OpenCall = {
      index: this.#calls.length,
      id,
      started: false,
      pendingArguments: '',
      sentArguments: false,
    };
    this.#calls.push(call);
    if (index !== undefined) this.#byVendorIndex.set(index, call);
    return call;
  }
}

function addArguments(call: OpenCall, json: string): void {
  const isReplaced = json.trim() !== '' && !call.sentArguments && emptyObject.test(call.pendingArguments);
  call.pendingArguments = isReplaced ? json : call.pendingArguments + json;
}

function sendArguments(call: OpenCall, events: StreamEvent[]): void {
  if (call.pendingArguments === '') return;
  events.push({ type: 'tool_arguments', index: call.index, json: call.pendingArguments });
  call.pendingArguments = '';
  call.sentArguments = true;
}
