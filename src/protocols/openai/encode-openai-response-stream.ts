import type { GatewayError } from '../../domain/errors.ts';
import type { ChatStreamEvent } from '../../gateway/chat-stream-event.ts';
import type { GatewayResult } from '../../gateway/gateway-request.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import type { PreparedEnd, StreamEncoder } from '../stream-encoder.ts';
import { createResponse, type ResponseHead, toSeconds } from './encode-openai-response.ts';
import {
  encodeOpenAiErrorEvent,
  encodeOpenAiResponseEnd,
  encodeOpenAiResponseError,
  encodeOpenAiResponseUsage,
} from './encode-openai-response-end.ts';
import type {
  LifecycleEventType,
  OutputItemEvent,
  ResponseErrorEvent,
  ResponseObject,
  ResponseState,
} from './openai-response-api-types.ts';
import { OutputItemSequencer } from './output-item-sequencer.ts';

/** Stores a whole response. Resolves with whether it is stored. Never rejects. */
type SaveResponse = (response: ResponseObject) => Promise<boolean>;

/**
 * Writes a streamed reply as the events of a response, numbered from 0. A stream that fails ends in `error`, at which the official
 * client throws, and `response.failed`, which others wait for.
 */
export class OpenAiResponseStreamEncoder implements StreamEncoder {
  readonly #head: ResponseHead;
  readonly #response: ResponseState;
  /** Written once: three events have it, and it may be most of a body of 10 MiB. */
  readonly #settingsJson: string;
  readonly #items: OutputItemSequencer;
  #sequenceNumber = 0;
  #isRefused = false;
  readonly #save: SaveResponse | undefined;
  /** The whole response, once the reply has ended. */
  #ended: ResponseState | undefined;

  /** `save` stores the whole response; absent where it is not to be stored. */
  constructor(head: ResponseHead, save?: SaveResponse) {
    this.#head = head;
    this.#save = save;
    this.#response = createResponse(head);
    this.#settingsJson = toJsonLine(head.settings);
    this.#items = new OutputItemSequencer(head);
  }

  start(): string {
    const response = this.#response;
    return this.#writeResponse('response.created', response) + this.#writeResponse('response.in_progress', response);
  }

  encode(event: ChatStreamEvent): string {
    if (event.type !== 'done') return this.#write(this.#toEvents(event));
    const items = this.#endItems(event.result);
    const response = this.#ended ?? this.#response;
    const status = response.status === 'incomplete' ? 'incomplete' : 'completed';
    return items + this.#writeResponse(`response.${status}`, response);
  }

  /** The items end before the response is stored. Only the last event has to wait for that. */
  prepareEnd(result: GatewayResult): PreparedEnd {
    const text = this.#endItems(result);
    return { text, ready: this.#saveEnded() };
  }

  fail(error: GatewayError): string {
    const response: ResponseState = {
      ...this.#response,
      status: 'failed',
      store: false,
      error: encodeOpenAiResponseError(error),
      output: this.#items.output,
    };
    return this.#write([encodeOpenAiErrorEvent(error)]) + this.#writeResponse('response.failed', response);
  }

  #toEvents(event: Exclude<ChatStreamEvent, { type: 'done' }>): OutputItemEvent[] {
    switch (event.type) {
      case 'text':
        return this.#items.addText('output_text', event.text);
      case 'refusal':
        this.#isRefused ||= event.text !== '';
        return this.#items.addText('refusal', event.text);
      case 'reasoning':
        return this.#items.addReasoning(event.text, event.opaque);
      case 'tool_call':
        return this.#items.addCall(event.index, event.id, event.name);
      case 'tool_arguments':
        return this.#items.addArguments(event.index, event.json);
      case 'start':
      case 'usage':
      case 'tool_signature':
        // The model is the one that was asked for, and the counts come at the end.
        return [];
    }
  }

  async #saveEnded(): Promise<void> {
    if (!this.#save || !this.#ended) return;
    const store = await this.#save({ ...this.#ended, ...this.#head.settings });
    this.#ended = { ...this.#ended, store };
  }

  /** Returns the events of the items that are open, unless they have ended. */
  #endItems({ finishReason, usage }: GatewayResult): string {
    if (this.#ended) return '';
    const end = encodeOpenAiResponseEnd(finishReason, this.#isRefused);
    const status = end.status === 'incomplete' ? 'incomplete' : 'completed';
    const events = this.#items.end(status);
    this.#ended = {
      ...this.#response,
      ...end,
      completed_at: status === 'completed' ? toSeconds(this.#head.now()) : null,
      output: this.#items.output,
      usage: encodeOpenAiResponseUsage(usage),
    };
    return this.#write(events);
  }

  #writeResponse(type: LifecycleEventType, state: ResponseState): string {
    const response = `${toJsonLine(state).slice(0, -1)},${this.#settingsJson.slice(1)}`;
    const number = this.#sequenceNumber;
    this.#sequenceNumber += 1;
    return `event: ${type}\ndata: {"type":"${type}","response":${response},"sequence_number":${number}}\n\n`;
  }

  #write(events: readonly (OutputItemEvent | ResponseErrorEvent)[]): string {
    let text = '';
    for (const event of events) {
      text += `event: ${event.type}\ndata: ${toJsonLine({ ...event, sequence_number: this.#sequenceNumber })}\n\n`;
      this.#sequenceNumber += 1;
    }
    return text;
  }
}
