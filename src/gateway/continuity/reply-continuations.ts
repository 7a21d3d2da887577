import type { ContentPart, Reasoning, ReasoningPart } from '../../domain/request.ts';
import { createToolCallId, isPortableToolCallId } from '../../domain/tool-call-id.ts';
import type { ChatStreamEvent } from '../chat-stream-event.ts';
import type { Continuation } from './continuation.ts';
import type { ContinuationCodec } from './continuation-codec.ts';

type ToolCallEvent = Extract<ChatStreamEvent, { type: 'tool_call' }>;

/** More is no part of an opaque value, which would be too long. */
const maxReasoningLength = 256 * 1024;

interface ReplyContinuationsOptions {
  readonly codec: ContinuationCodec;
  /** Keeps the value of a tool call for clients that send back its id only. Absent where the provider needs nothing back. */
  readonly save?: ((toolCallId: string, value: string) => Promise<void>) | undefined;
}

/**
 * Gives one reply the opaque values that its client is to send back. What a vendor wants back follows as a reasoning part of
 * its own, and a tool call has the value that it needs. Ids of tool calls that another vendor refuses are replaced.
 */
export class ReplyContinuations {
  readonly #codec: ContinuationCodec;
  readonly #save: ReplyContinuationsOptions['save'];
  readonly #saves: Promise<void>[] = [];
  readonly #callIds = new Map<number, string>();
  /** Streamed reasoning whose end has not come. */
  #pending: Reasoning | undefined;
  /** The reasoning since the last tool call, and its value where it is one part. */
  #reasoning: Reasoning[] = [];
  #value: string | undefined;

  constructor({ codec, save }: ReplyContinuationsOptions) {
    this.#codec = codec;
    this.#save = save;
  }

  /** Resolves with the content of a whole reply, as its client gets it. */
  async addToContent(content: readonly ContentPart[]): Promise<ContentPart[]> {
    const parts: ContentPart[] = [];
    for (const part of content) {
      if (part.type === 'text') {
        parts.push(part);
        if (part.signature !== undefined) parts.push(...(await this.#encodePart({ signature: part.signature })));
      } else if (part.type === 'reasoning') {
        const [encoded] = await this.#encodeReasoning(part);
        parts.push(encoded ? { ...part, opaque: encoded.opaque } : part);
      } else {
        const id = toPortableId(part.id);
        const { before, opaque } = await this.#encodeCall(id, part.signature);
        parts.push(...before, { ...part, id, opaque });
      }
    }
    await Promise.all(this.#saves);
    return parts;
  }

  /** Returns the events of a stream as its client gets them; a promise only where there is something to encrypt. */
  addToEvents(events: readonly ChatStreamEvent[]): readonly ChatStreamEvent[] | Promise<readonly ChatStreamEvent[]> {
    return events.some((event) => this.#concerns(event)) ? this.#addToEvents(events) : events;
  }

  #concerns(event: ChatStreamEvent): boolean {
    switch (event.type) {
      case 'text':
        return event.signature !== undefined || this.#pending !== undefined;
      case 'start':
      case 'usage':
      case 'tool_arguments':
        return false;
      default:
        return true;
    }
  }

  async #addToEvents(events: readonly ChatStreamEvent[]): Promise<ChatStreamEvent[]> {
    const result: ChatStreamEvent[] = [];
    for (const event of events) result.push(...(await this.#addToEvent(event)));
    return result;
  }

  async #addToEvent(event: ChatStreamEvent): Promise<ChatStreamEvent[]> {
    if (event.type === 'reasoning') return await this.#addReasoning(event);
    if (event.type === 'start' || event.type === 'usage' || event.type === 'tool_arguments') return [event];
    const ended = await this.#endReasoning();
    if (event.type === 'tool_call') return [...ended, ...(await this.#addCall(event))];
    if (event.type === 'tool_signature') {
      return [...ended, ...(await this.#encodeCall(this.#callIds.get(event.index) ?? '', event.signature)).before];
    }
    if (event.type === 'done') await Promise.all(this.#saves);
    if (event.type !== 'text' || event.signature === undefined) return [...ended, event];
    return [...ended, event, ...(await this.#encodePart({ signature: event.signature }))];
  }

  async #addReasoning({ text, signature, redactedData, isReturnable }: ReasoningPart): Promise<ChatStreamEvent[]> {
    if (redactedData !== undefined) {
      return [...(await this.#endReasoning()), ...(await this.#encodeReasoning({ text, redactedData }))];
    }
    const before = this.#pending ?? { text: '' };
    const isLong = before.text.length + text.length > maxReasoningLength;
    this.#pending = {
      text: isLong ? before.text : before.text + text,
      // Text that is cut is not what was signed.
      isReturnable: isReturnable && !isLong,
      signature,
    };
    const shown: ChatStreamEvent[] = text === '' ? [] : [{ type: 'reasoning', text }];
    return signature === undefined ? shown : [...shown, ...(await this.#endReasoning())];
  }

  async #endReasoning(): Promise<ReasoningPart[]> {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending ? await this.#encodeReasoning(pending) : [];
  }

  async #addCall(event: ToolCallEvent): Promise<ChatStreamEvent[]> {
    const id = toPortableId(event.id);
    this.#callIds.set(event.index, id);
    const { before, opaque } = await this.#encodeCall(id, event.signature);
    return [...before, { ...event, id, opaque }];
  }

  async #encodeReasoning({ text, signature, redactedData, isReturnable }: Reasoning): Promise<ReasoningPart[]> {
    if (text === '' && signature === undefined && redactedData === undefined) return [];
    const reasoning = { text, signature, redactedData, isReturnable };
    const parts = await this.#encodePart({ reasoning: [reasoning] });
    this.#value = this.#reasoning.length === 0 ? parts[0]?.opaque : undefined;
    this.#reasoning.push(reasoning);
    return parts;
  }

  /** A call has the value of its own signature, else that of the reasoning since the last one. */
  async #encodeCall(
    id: string,
    signature: string | undefined,
  ): Promise<{ before: ReasoningPart[]; opaque: string | undefined }> {
    const before = signature === undefined ? [] : await this.#encodePart({ signature, toolCallId: id });
    const opaque = before[0]?.opaque ?? (await this.#encodeReasoningBefore());
    if (opaque !== undefined && this.#save) this.#saves.push(this.#save(id, opaque));
    return { before, opaque };
  }

  async #encodeReasoningBefore(): Promise<string | undefined> {
    const reasoning = this.#reasoning;
    if (reasoning.length === 0) return undefined;
    const value = this.#value ?? (await this.#codec.encode({ reasoning }));
    this.#reasoning = [];
    this.#value = undefined;
    return value;
  }

  async #encodePart(continuation: Continuation): Promise<ReasoningPart[]> {
    const opaque = await this.#codec.encode(continuation);
    return opaque === undefined ? [] : [{ type: 'reasoning', text: '', opaque }];
  }
}

function toPortableId(id: string): string {
  return isPortableToolCallId(id) ? id : createToolCallId();
}
