import type { EventSourceMessage } from 'eventsource-parser';
import * as z from 'zod';
import type { StreamEvent } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { StreamDecoder } from '../provider.ts';
import { streamCutOffError, type Vendor } from '../provider-error.ts';
import { readEach } from '../read-each.ts';
import { SseReader } from '../sse-reader.ts';
import {
  decodeResponsesFinishReason,
  outputItemSchema,
  type ResponsesReply,
  responseSchema,
} from './decode-openai-response.ts';
import { decodeOpenAiResponsesUsage } from './decode-openai-responses-usage.ts';
import { isBilledOutputItem } from './is-billed-output-item.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const text = z.string().optional().catch(undefined);
const number = z.int().nonnegative().optional().catch(undefined);

const eventSchema = z.object({
  type: text,
  sequence_number: number,
  output_index: number,
  delta: text,
  item: outputItemSchema.optional().catch(undefined),
  response: responseSchema.optional().catch(undefined),
  error: z.unknown().optional(),
});

type Event = z.infer<typeof eventSchema>;

/**
 * Reads a streamed Responses reply: all that the model writes, and the counts that come with the last event. `response.completed` and `response.incomplete` end it; nothing has to follow them. What it cannot read it skips: these
 * streams are only ever passed through.
 */
export class OpenAiResponsesStreamDecoder implements StreamDecoder {
  readonly #vendor: Vendor;
  readonly #reader = new SseReader();
  #next = 0;
  #started = false;
  #refused = false;
  #calledTools = false;
  #unpriced = false;
  #done = false;

  constructor(vendor: Vendor) {
    this.#vendor = vendor;
  }

  get nextEventNumber(): number {
    return this.#next;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    if (!this.#done) this.#readAll(this.#reader.push(bytes), events);
  }

  end(events: StreamEvent[]): void {
    if (this.#done) return;
    this.#readAll(
      this.#reader.end().filter(({ data }) => parseJson(data) !== undefined),
      events,
    );
    if (!this.#done) throw streamCutOffError(this.#vendor.name);
  }

  #readAll(messages: readonly EventSourceMessage[], events: StreamEvent[]): void {
    readEach(messages, (message) => this.#read(message, events), true);
  }

  #read({ event: name, data }: EventSourceMessage, events: StreamEvent[]): void {
    if (this.#done) return;
    const json = parseJson(data);
    const event = eventSchema.safeParse(json).data;
    // Such as `[DONE]`, with which some compatible vendors end every stream of theirs.
    if (!event) {
      if (name === 'error') throw mapOpenAiInBandError(json ?? data, this.#vendor, data);
      return;
    }
    this.#next = (event.sequence_number ?? this.#next) + 1;
    const type = event.type ?? name;
    if (type === 'error' || (event.error && !event.response))
      throw mapOpenAiInBandError(event.error ?? json, this.#vendor, data);
    if (event.response) this.#readResponse({ type, response: event.response, data }, events);
    else this.#readPart(type, event, events);
  }

  #readResponse(
    {
      type,
      response,
      data,
    }: { readonly type: string | undefined; readonly response: ResponsesReply; readonly data: string },
    events: StreamEvent[],
  ): void {
    if (response.model !== undefined && !this.#started) {
      this.#started = true;
      events.push({ type: 'start', reportedModel: response.model });
    }
    const { output, service_tier: serviceTier } = response;
    if (output?.some(isBilledOutputItem)) this.#unpriced = true;
    const usage = decodeOpenAiResponsesUsage(response.usage, { serviceTier, isUnpriced: this.#unpriced });
    if (usage) events.push({ type: 'usage', usage });
    if (type === 'response.failed') throw mapOpenAiInBandError(response.error, this.#vendor, data);
    if (type !== 'response.completed' && type !== 'response.incomplete') return;
    this.#done = true;
    const streamed = { refused: this.#refused, calledTools: this.#calledTools };
    const status = type === 'response.completed' ? 'completed' : 'incomplete';
    events.push({ type: 'finish', finishReason: decodeResponsesFinishReason({ ...response, status }, streamed) });
  }

  #readPart(type: string | undefined, { output_index: index = 0, delta, item }: Event, events: StreamEvent[]): void {
    // The counts come at the end: a stream that breaks off before has no price.
    if (item && !this.#unpriced && isBilledOutputItem(item)) {
      this.#unpriced = true;
      events.push({ type: 'usage', usage: markUnpriced(undefined) });
    }
    if (type === 'response.output_item.added') {
      if (item?.type !== 'function_call' && item?.type !== 'custom_tool_call') return;
      this.#calledTools = true;
      events.push({ type: 'tool_call', index, id: item.call_id ?? '', name: item.name ?? '' });
    } else if (delta) {
      switch (type) {
        case 'response.output_text.delta':
        case 'response.audio.transcript.delta':
          events.push({ type: 'text', text: delta });
          break;
        case 'response.refusal.delta':
          this.#refused = true;
          events.push({ type: 'refusal', text: delta });
          break;
        case 'response.reasoning_text.delta':
        case 'response.reasoning_summary_text.delta':
          events.push({ type: 'reasoning', text: delta });
          break;
        case 'response.function_call_arguments.delta':
        case 'response.custom_tool_call_input.delta':
        case 'response.mcp_call_arguments.delta':
        case 'response.code_interpreter_call_code.delta':
          events.push({ type: 'tool_arguments', index, json: delta });
          break;
      }
    }
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
