import { GatewayError } from '../../domain/errors.ts';
import type { BlockDelta, ContentBlock, MessageEvent } from './anthropic-message-api-types.ts';
import { JsonObjectScanner } from './json-object-scanner.ts';

/** `refusal` is a text of its own. */
type Kind = 'text' | 'refusal' | 'thinking' | 'tool_use';

interface Block {
  readonly kind: Kind;
  readonly content: ContentBlock;
  /** Deltas that arrived while another block was open. */
  readonly waitingDeltas: BlockDelta[];
  /** Of a tool's call. */
  readonly end: JsonObjectScanner | undefined;
  /** Thinking takes no more text after its signature. */
  isSigned: boolean;
}

/**
 * Puts what a reply consists of into content blocks, one after the other, for Anthropic's streams have one block open at
 * a time, while the arguments of parallel calls may arrive by turns. The open block is written as it comes; those behind
 * it wait. Text and thinking end where something else begins, a call when its arguments are a whole JSON object, or with
 * the reply.
 */
export class ContentBlockSequencer {
  /** Those that have not been closed; the first one is open. */
  readonly #blocks: Block[] = [];
  readonly #calls = new Map<number, Block>();
  /** The index of the open block. */
  #index = 0;

  addText(kind: 'text' | 'refusal', text: string): MessageEvent[] {
    if (text === '') return [];
    return this.#extendLast(kind, { type: 'text', text: '' }, [{ type: 'text_delta', text }]);
  }

  /** Ends the thinking if it comes with the vendor's signature. */
  addThinking(thinking: string, signature: string | undefined): MessageEvent[] {
    const deltas: BlockDelta[] = [];
    if (thinking !== '') deltas.push({ type: 'thinking_delta', thinking });
    if (signature) deltas.push({ type: 'signature_delta', signature });
    if (deltas.length === 0) return [];
    const events = this.#extendLast('thinking', { type: 'thinking', thinking: '', signature: '' }, deltas);
    const last = this.#blocks.at(-1);
    if (signature && last) last.isSigned = true;
    return events;
  }

  addCall(index: number, id: string, name: string): MessageEvent[] {
    const { block, events } = this.#add('tool_use', { type: 'tool_use', id, name, input: {} });
    this.#calls.set(index, block);
    return events;
  }

  /** Throws `provider_error` where the arguments go on after their end, the block perhaps being closed by then. */
  addArguments(index: number, json: string): MessageEvent[] {
    const block = this.#calls.get(index);
    if (block?.end === undefined) throw new GatewayError('internal', 'Arguments of no tool call.');
    if (json.trim() === '' && !block.end.inside) return [];
    if (block.end.whole) {
      throw new GatewayError(
        'provider_error',
        'The provider went on with the arguments of a tool call after their end.',
      );
    }
    block.end.push(json);
    return [...this.#extend(block, [{ type: 'input_json_delta', partial_json: json }]), ...this.#advance()];
  }

  /** Writes all that waits. */
  end(): MessageEvent[] {
    const events: MessageEvent[] = [];
    while (this.#blocks.length > 0) events.push(...this.#close());
    return events;
  }

  #extendLast(kind: Kind, content: ContentBlock, deltas: readonly BlockDelta[]): MessageEvent[] {
    const last = this.#blocks.at(-1);
    if (last?.kind === kind && !last.isSigned) return this.#extend(last, deltas);
    const { block, events } = this.#add(kind, content);
    return [...events, ...this.#extend(block, deltas)];
  }

  #extend(block: Block, deltas: readonly BlockDelta[]): MessageEvent[] {
    if (block === this.#blocks[0]) return deltas.map((delta) => this.#delta(delta));
    block.waitingDeltas.push(...deltas);
    return [];
  }

  #add(kind: Kind, content: ContentBlock): { block: Block; events: MessageEvent[] } {
    const end = kind === 'tool_use' ? new JsonObjectScanner() : undefined;
    const block: Block = { kind, content, waitingDeltas: [], end, isSigned: false };
    this.#blocks.push(block);
    return { block, events: this.#blocks.length === 1 ? this.#open(block) : this.#advance() };
  }

  /** Closes every block that can hold no more and has one behind it. */
  #advance(): MessageEvent[] {
    const events: MessageEvent[] = [];
    while (this.#blocks.length > 1 && this.#blocks[0]?.end?.whole !== false) events.push(...this.#close());
    return events;
  }

  #close(): MessageEvent[] {
    this.#blocks.shift();
    const stop: MessageEvent = { type: 'content_block_stop', index: this.#index };
    this.#index += 1;
    const next = this.#blocks[0];
    return next ? [stop, ...this.#open(next)] : [stop];
  }

  #open(block: Block): MessageEvent[] {
    const waiting = block.waitingDeltas.splice(0).map((delta) => this.#delta(delta));
    return [{ type: 'content_block_start', index: this.#index, content_block: block.content }, ...waiting];
  }

  #delta(delta: BlockDelta): MessageEvent {
    return { type: 'content_block_delta', index: this.#index, delta };
  }
}
