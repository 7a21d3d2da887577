import { GatewayError } from '../../domain/errors.ts';
import type { ItemStatus, OutputItem, OutputItemEvent } from './openai-response-api-types.ts';
import { OpenCall, type OpenItem, OpenMessage, OpenReasoning } from './output-items.ts';
import type { ResponseToolNames } from './response-tool-names.ts';

interface SequencerOptions {
  /** What the ids of items are made of: that of the request. */
  readonly idSuffix: string;
  readonly toolNames: ResponseToolNames;
}

type ItemPrefix = 'msg' | 'rs' | 'fc' | 'ctc';

/**
 * Puts what a reply consists of into output items. A message and reasoning end where something else begins. Tool calls stay open to
 * the end of the reply, because the arguments of parallel calls may arrive by turns.
 */
export class OutputItemSequencer {
  readonly #options: SequencerOptions;
  readonly #items: { readonly item: OpenItem; done?: OutputItem }[] = [];
  /** The message or the reasoning that the next text may go on with. */
  #message: OpenMessage | undefined;
  #reasoning: OpenReasoning | undefined;
  readonly #calls = new Map<number, OpenCall>();

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  addText(type: 'output_text' | 'refusal', text: string): OutputItemEvent[] {
    if (text === '') return [];
    if (this.#message) return this.#message.add(type, text);
    const ended = this.#endCurrent('completed');
    const message = new OpenMessage(this.#createHead('msg'));
    this.#message = message;
    return [...ended, this.#open(message), ...message.add(type, text)];
  }

  /** Ends the reasoning if it comes with its opaque value. */
  addReasoning(text: string, opaque: string | undefined): OutputItemEvent[] {
    if (text === '' && opaque === undefined) return [];
    const events: OutputItemEvent[] = [];
    if (!this.#reasoning) {
      events.push(...this.#endCurrent('completed'));
      this.#reasoning = new OpenReasoning(this.#createHead('rs'));
      events.push(this.#open(this.#reasoning));
    }
    if (text !== '') events.push(...this.#reasoning.addText(text));
    if (opaque === undefined) return events;
    this.#reasoning.setOpaque(opaque);
    return [...events, ...this.#endCurrent('completed')];
  }

  addCall(index: number, callId: string, name: string): OutputItemEvent[] {
    const ended = this.#endCurrent('completed');
    const tool = this.#options.toolNames.read(name);
    const call = new OpenCall(this.#createHead(tool.isCustom ? 'ctc' : 'fc'), callId, tool);
    this.#calls.set(index, call);
    return [...ended, this.#open(call)];
  }

  addArguments(index: number, json: string): OutputItemEvent[] {
    const call = this.#calls.get(index);
    if (!call) throw new GatewayError('internal', 'Arguments of no tool call.');
    return json === '' ? [] : call.addArguments(json);
  }

  /** Ends the items that are open. `status` is that of the last item of the reply. */
  end(status: 'completed' | 'incomplete'): OutputItemEvent[] {
    const last = this.#items.length - 1;
    return this.#items.flatMap(({ done }, index) =>
      done ? [] : this.#close(index, index === last ? status : 'completed'),
    );
  }

  /** The items as far as they have come. */
  get output(): OutputItem[] {
    return this.#items.map(({ item, done }) => done ?? item.toItem('incomplete'));
  }

  #createHead(prefix: ItemPrefix): { id: string; index: number } {
    const index = this.#items.length;
    return { id: `${prefix}_${this.#options.idSuffix}_${index}`, index };
  }

  #open(item: OpenItem): OutputItemEvent {
    const output_index = this.#items.length;
    this.#items.push({ item });
    return { type: 'response.output_item.added', output_index, item: item.toItem('in_progress') };
  }

  /** Ends the message or the reasoning that is open. */
  #endCurrent(status: ItemStatus): OutputItemEvent[] {
    const current = this.#message ?? this.#reasoning;
    if (!current) return [];
    this.#message = undefined;
    this.#reasoning = undefined;
    return this.#close(
      this.#items.findLastIndex(({ item }) => item === current),
      status,
    );
  }

  #close(output_index: number, status: ItemStatus): OutputItemEvent[] {
    const entry = this.#items[output_index];
    if (!entry) return [];
    const item = entry.item.toItem(status);
    entry.done = item;
    return [...entry.item.close(), { type: 'response.output_item.done', output_index, item }];
  }
}
