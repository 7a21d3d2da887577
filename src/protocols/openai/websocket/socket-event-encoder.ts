import { setJsonProperties } from '../../../lib/edit-json-object.ts';
import { findJsonSpans } from '../../../lib/find-json-spans.ts';
import { encodeErrorEvent, type MessageExtras } from './encode-socket-error.ts';

/** How a turn ended. */
export type TurnEnd = { readonly type: 'failed' } | { readonly type: 'completed'; readonly response: EndedResponse };

/** The whole response at the end of a turn: JSON texts by the names of its fields. */
export type EndedResponse = ReadonlyMap<string, string>;

interface EncoderOptions extends MessageExtras {
  /** The response that the turn continues, where its items were sent as input: the provider does not know it. */
  readonly previousId?: string | undefined;
}

/** The events that have the response with them. */
const responseEvents = /^response\.(?:created|queued|in_progress|completed|incomplete|failed)$/;
const completedEvents = /^response\.(?:completed|incomplete)$/;

/**
 * Encodes the server-sent events of one response as the messages of a turn. The first message has the headers. `error` and the three
 * last events of a response end the turn: nothing comes after them.
 */
export class SocketEventEncoder {
  readonly #previousId: string | undefined;
  readonly #streamId: string | undefined;
  #headers: MessageExtras['headers'];
  #end: TurnEnd | undefined;

  constructor({ previousId, stream_id, headers }: EncoderOptions) {
    this.#previousId = previousId;
    this.#streamId = stream_id;
    this.#headers = headers;
  }

  /** Undefined until an event has ended the turn. */
  get end(): TurnEnd | undefined {
    return this.#end;
  }

  /** Returns the message of an event; undefined for one that is none: `[DONE]`, a keep-alive, what comes after the end. */
  encode({ event, data }: { readonly event?: string | undefined; readonly data: string }): string | undefined {
    if (this.#end || !/^\s*\{\s*"/.test(data)) return undefined;
    const type = event ?? readType(data);
    if (type === 'error') {
      this.#end = { type: 'failed' };
      return encodeErrorEvent(data, this.#takeExtras());
    }
    const text = responseEvents.test(type) ? this.#restorePreviousId(data) : data;
    if (completedEvents.test(type)) this.#end = { type: 'completed', response: readResponse(text) };
    else if (type === 'response.failed') this.#end = { type: 'failed' };
    return addExtras(text, this.#takeExtras());
  }

  #restorePreviousId(data: string): string {
    if (this.#previousId === undefined) return data;
    const properties = { previous_response_id: JSON.stringify(this.#previousId) };
    const [span] = findJsonSpans(data, ['response']);
    if (!span || data[span.start] !== '{') return data;
    const response = setJsonProperties(data.slice(span.start, span.end), properties);
    return data.slice(0, span.start) + response + data.slice(span.end);
  }

  #takeExtras(): MessageExtras {
    const extras = {
      ...(this.#streamId !== undefined && { stream_id: this.#streamId }),
      ...(this.#headers && { headers: this.#headers }),
    };
    this.#headers = undefined;
    return extras;
  }
}

function readType(data: string): string {
  const [span] = findJsonSpans(data, ['type']);
  return span ? data.slice(span.start + 1, span.end - 1) : '';
}

/** The text is that of an object with members. */
function addExtras(text: string, extras: MessageExtras): string {
  const json = JSON.stringify(extras);
  return json === '{}' ? text : `${json.slice(0, -1)},${text.trimStart().slice(1)}`;
}

function readResponse(data: string): EndedResponse {
  const spans = findJsonSpans(data, ['response', '{}']);
  return new Map(spans.map(({ path, start, end }) => [String(path[1]), data.slice(start, end)]));
}
