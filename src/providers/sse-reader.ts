import { createParser, type EventSourceMessage } from 'eventsource-parser';

/**
 * Reads server-sent events from bytes that may be cut anywhere: inside a character, a line or a CRLF. A last event without
 * its blank line is still given at the end, as the vendors' own clients do.
 */
export class SseReader {
  #messages: EventSourceMessage[] = [];
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: (message) => {
      this.#messages.push(message);
    },
  });

  push(bytes: Uint8Array): EventSourceMessage[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    return this.#take();
  }

  end(): EventSourceMessage[] {
    this.#parser.feed(`${this.#decoder.decode()}\n\n`);
    return this.#take();
  }

  #take(): EventSourceMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }
}
