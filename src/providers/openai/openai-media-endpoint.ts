import type { EventSourceMessage } from 'eventsource-parser';
import type { StreamEvent } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { Endpoint, EndpointReply, StreamDecoder } from '../provider.ts';
import { streamCutOffError, unreadableReplyError, type Vendor } from '../provider-error.ts';
import { readEach } from '../read-each.ts';
import { SseReader } from '../sse-reader.ts';
import { decodeOpenAiMediaUsage, type MediaKind } from './decode-openai-media-usage.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

/** Creates an endpoint for pictures or audio. Of its replies only the counts are read, and errors under status 200. */
export function createMediaEndpoint(path: string, kind: MediaKind, vendor: Vendor): Endpoint {
  return {
    path,
    isMedia: true,
    decodeResponse: (body) => decodeMediaReply(body, kind, vendor),
    createDecoder: () => new MediaStreamDecoder(kind, vendor),
  };
}

function decodeMediaReply(body: string, kind: MediaKind, vendor: Vendor): EndpointReply {
  const reply = parseRecord(body);
  if (!reply) throw unreadableReplyError(vendor.name, 'it is not a JSON object');
  if (reply.error) throw mapOpenAiInBandError(reply.error, vendor, body);
  const usage = decodeOpenAiMediaUsage(reply.usage, kind);
  // The model that draws vectors is another one than that of the request.
  return { finishReason: 'stop', usage: reply.svg_usage ? markUnpriced(usage) : usage };
}

/** `image_generation.completed`, `image_edit.completed`, `speech.audio.done`, `transcript.text.done`. */
const lastEvent = /\.(?:completed|done)$/;

/**
 * Reads a stream of pictures, audio or a transcript. Its last event brings the counts, and `[DONE]` ends it where the vendor sends one.
 * A request for several pictures has several last events.
 */
class MediaStreamDecoder implements StreamDecoder {
  readonly #kind: MediaKind;
  readonly #vendor: Vendor;
  readonly #reader = new SseReader();
  #completed = 0;
  #done = false;

  constructor(kind: MediaKind, vendor: Vendor) {
    this.#kind = kind;
    this.#vendor = vendor;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    if (!this.#done) this.#readAll(this.#reader.push(bytes), events);
  }

  end(events: StreamEvent[], isClean = true): void {
    if (this.#done) return;
    this.#readAll(this.#reader.end(), events);
    if (this.#done) return;
    if (!isClean || this.#completed === 0) throw streamCutOffError(this.#vendor.name);
    this.#finish(events);
  }

  #readAll(messages: readonly EventSourceMessage[], events: StreamEvent[]): void {
    readEach(messages, (message) => this.#read(message, events), true);
  }

  #read({ event, data }: EventSourceMessage, events: StreamEvent[]): void {
    if (this.#done) return;
    if (data.trim() === '[DONE]' && this.#completed > 0) this.#finish(events);
    if (this.#done) return;
    const value = parseRecord(data);
    const type = typeof value?.type === 'string' ? value.type : (event ?? '');
    if (value?.error) throw mapOpenAiInBandError(value.error, this.#vendor, data);
    if (type === 'error') throw mapOpenAiInBandError(value ?? data.trim(), this.#vendor, data);
    if (!value || !lastEvent.test(type)) return;
    this.#completed += 1;
    const usage = decodeOpenAiMediaUsage(value.usage, this.#kind);
    // Whether each of several counts its own picture or all of them is not documented.
    if (usage) events.push({ type: 'usage', usage: this.#completed > 1 ? markUnpriced(usage) : usage });
  }

  #finish(events: StreamEvent[]): void {
    this.#done = true;
    events.push({ type: 'finish', finishReason: 'stop' });
  }
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
