import type { StreamEvent } from '../domain/response.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import { rejectEmptyReply } from './reject-empty-reply.ts';

/** How much of a stream is held back until its first content: what is longer is shown to the client as it is. */
const holdBounds = { maxMs: 10_000, maxBytes: 64 * 1024, maxEvents: 500 } as const;

/** As long as a job's request lasts at most: no client waits for its first byte. */
const maxJobHoldMs = 600_000;

/** Returns how long a stream is held back at most. */
export function getMaxHoldMs(source: UsageRecord['source']): number {
  return source === 'job' ? maxJobHoldMs : holdBounds.maxMs;
}

/** Watches a stream that is held back for its first content, its end, or more than is held back. */
export class ContentProbe {
  readonly #providerName: string;
  #bytes = 0;
  #events = 0;
  #hasContent = false;
  #hasEnded = false;
  /** The provider's last count. Anthropic's first one is 1 before there is any output. */
  #outputTokens: number | undefined;

  constructor(providerName: string) {
    this.#providerName = providerName;
  }

  /** Whether the client may see the stream. */
  get isDone(): boolean {
    return this.#hasContent || this.#hasEnded || this.isFull;
  }

  /** Whether no more of the stream is held back. */
  get isFull(): boolean {
    return this.#bytes > holdBounds.maxBytes || this.#events > holdBounds.maxEvents;
  }

  addBytes(count: number): void {
    this.#bytes += count;
  }

  /** Takes the next event. Throws `provider_error` where the stream ends without anything in it. */
  add(event: StreamEvent): void {
    this.#events += 1;
    if (isContent(event)) this.#hasContent = true;
    else if (event.type === 'usage') this.#outputTokens = event.usage.output ?? this.#outputTokens;
    else if (event.type === 'finish') {
      const shape = { hasContent: this.#hasContent, outputTokens: this.#outputTokens };
      rejectEmptyReply({ ...shape, finishReason: event.finishReason }, this.#providerName);
      this.#hasEnded = true;
    }
  }
}

/** Whether a stream's event is a part of the reply's content. */
function isContent(event: StreamEvent): boolean {
  const { type } = event;
  if (type === 'text' || type === 'refusal' || type === 'reasoning') return event.text !== '';
  return type === 'tool_call' || type === 'tool_arguments';
}
