import type { TranslationReport } from '../domain/translation-report.ts';
import type { AttemptObserver, GatewayRequest } from '../gateway/gateway-request.ts';
import { isCacheableFinish } from '../reply-cache/is-cacheable.ts';
import type { ReplyBuffer } from '../reply-cache/reply-buffer.ts';
import type { NewReply } from '../reply-cache/reply-cache.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import { buildTranslationHeaders } from './translation-headers.ts';

interface ReplyRecordingOptions {
  readonly request: Pick<GatewayRequest, 'source' | 'waitUntil'>;
  /** Gathers the bytes of a stream. */
  readonly buffer: ReplyBuffer;
  /** Called with a reply that may answer equal requests, before the client sees its end. */
  readonly store: (reply: NewReply) => void;
}

/** What the request has reported beside its response. */
interface ReplyReport {
  readonly route: string | undefined;
  readonly translation: TranslationReport | undefined;
}

/** What a client needs to understand a reply. All other headers (ids, limits, times) describe one request. */
const keptHeaders = ['content-type', 'cache-control', 'x-accel-buffering'];

/** Records the reply to a request while the client gets it. A reply that is too long, is cut off or refuses is not stored. */
export class ReplyRecording {
  readonly #options: ReplyRecordingOptions;
  /** That of the last attempt, once it has ended. */
  #record: UsageRecord | undefined;
  #observer: AttemptObserver | undefined;

  constructor(options: ReplyRecordingOptions) {
    this.#options = options;
  }

  /** Takes the end of the next attempt; that of the one before it does not count any more. */
  observeAttempt(): AttemptObserver {
    const observer: AttemptObserver = (record) => {
      if (this.#observer === observer) this.#record = record;
    };
    this.#record = undefined;
    this.#observer = observer;
    return observer;
  }

  /** Returns the response as the client gets it: a stream as it comes. */
  async record(response: Response, report: ReplyReport): Promise<Response> {
    if (response.status !== 200 || !response.body) return response;
    const headers = selectHeaders(response, report);
    const { request } = this.#options;
    if (request.source !== 'stream') {
      const body = new Uint8Array(await response.arrayBuffer());
      this.#store({ headers, body, route: report.route });
      return new Response(body, response);
    }
    const { readable, writable } = new IdentityTransformStream();
    const onEnd = (body: Uint8Array<ArrayBuffer>) => this.#store({ headers, body, route: report.route });
    request.waitUntil(copyStream(response.body, writable, this.#options.buffer, onEnd));
    return new Response(readable, response);
  }

  #store(reply: Pick<NewReply, 'headers' | 'body' | 'route'>): void {
    if (!this.#record) return;
    const { provider, model, finishReason, costNanoUsd } = this.#record;
    // An attempt that has not completed has none.
    if (!isCacheableFinish(finishReason)) return;
    this.#options.store({ ...reply, provider, model, finishReason, costNanoUsd });
  }
}

function selectHeaders({ headers }: Response, { translation }: ReplyReport): [name: string, value: string][] {
  const kept = keptHeaders.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return translation ? [...kept, ...buildTranslationHeaders(translation)] : kept;
}

/**
 * Copies a stream to the client as it comes, and calls `onEnd` with its bytes where it ends well and has fitted the buffer. Never rejects:
 * a client that leaves cancels the stream, and a stream that breaks breaks the client's.
 */
async function copyStream(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  buffer: ReplyBuffer,
  onEnd: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  const reader = body.getReader();
  const writer = writable.getWriter();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (!value) continue;
      buffer.append(value);
      await writer.write(value);
    }
    const bytes = buffer.copy();
    if (bytes) onEnd(bytes);
    await writer.close();
  } catch (reason) {
    await Promise.allSettled([reader.cancel(reason), writer.abort(reason)]);
  } finally {
    buffer.clear();
  }
}
