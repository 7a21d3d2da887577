import type { JobEvent } from '../../db/queries/job-events.ts';
import type { ResponseJob } from '../../db/queries/response-jobs.ts';
import { isFinal, type JobStatus } from '../../domain/job.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import { encodeBackgroundResponse, readJobError } from './encode-openai-background-response.ts';
import { encodeOpenAiError } from './encode-openai-error.ts';
import type { LifecycleEventType, ResponseErrorEvent } from './openai-response-api-types.ts';
import { encodeEventLine } from './response-event-lines.ts';

type Item = Readonly<Record<string, unknown>>;

interface OutputItemLine {
  readonly type: string;
  readonly output_index: number;
  readonly item: Item;
}

/**
 * Encodes the events of a job as those of its response, numbered from 0. The same events always have the same numbers, so that a client
 * can go on after any of them.
 *
 * A job that was tried again has produced its output again. Clients cannot take an item twice: of the later attempts there is nothing
 * but the last event, which has the whole response.
 */
export class BackgroundStreamEncoder {
  readonly #responseJob: ResponseJob;
  readonly #startingAfter: number;
  #sequenceNumber = 0;
  #isInProgress = false;
  /** The attempt whose output is sent: the first that has any. */
  #attempt: number | undefined;
  /** The items of its output that have not ended, by their places. */
  readonly #openItems = new Map<number, Item>();

  /** Events up to the number `startingAfter` are left out; -1: none is. */
  constructor(responseJob: ResponseJob, startingAfter: number) {
    this.#responseJob = responseJob;
    this.#startingAfter = startingAfter;
  }

  /** The number of the next event. */
  get nextSequenceNumber(): number {
    return this.#sequenceNumber;
  }

  /** Encodes an event that is not the last: server-sent events, or an empty text. */
  encode({ number, data: { status, attempt, events } }: JobEvent): string {
    if (status === 'RUNNING') {
      if (this.#isInProgress) return '';
      this.#isInProgress = true;
      return this.#writeState('in_progress', status);
    }
    if (status === 'PENDING' && number === 1) {
      return this.#writeState('created', status) + this.#writeState('queued', status);
    }
    if (!events) return '';
    this.#attempt ??= attempt;
    return attempt === this.#attempt ? this.#writeLines(events) : '';
  }

  /** Encodes the last event of a job. `stored` is the JSON of its response on one line, if it is completed. */
  end({ data: { status, attempt, error, finishReason } }: JobEvent, stored: string | undefined): string {
    const cut = this.#attempt !== undefined && this.#attempt !== attempt ? this.#endOpenItems() : '';
    if (stored !== undefined) {
      const type = isIncompleteReason(finishReason) ? 'response.incomplete' : 'response.completed';
      return cut + this.#writeLifecycle(type, stored);
    }
    // Of the last events that clients wait for this is the one that does not look like success or failure.
    if (status !== 'FAILED') return cut + this.#writeLifecycle('response.incomplete', this.#encodeState(status));
    const failure = { errorCode: error?.code ?? null, errorMessage: error?.message ?? null };
    const { code, message, param, type } = encodeOpenAiError(readJobError(failure)).error;
    const event: ResponseErrorEvent = { type: 'error', code, message, param, error: { type, code, message, param } };
    const { job, settings } = this.#responseJob;
    const response = encodeBackgroundResponse({ job: { ...job, ...failure, status }, settings });
    return cut + this.#writeLine(toJsonLine(event)) + this.#writeLifecycle('response.failed', response);
  }

  #writeState(name: 'created' | 'queued' | 'in_progress', status: JobStatus): string {
    return this.#writeLifecycle(`response.${name}`, this.#encodeState(status));
  }

  #encodeState(status: JobStatus | undefined): string {
    const { job, settings } = this.#responseJob;
    const failure = { errorCode: null, errorMessage: null };
    return encodeBackgroundResponse({ job: { ...job, ...failure, status: status ?? job.status }, settings });
  }

  #writeLines(lines: string): string {
    let text = '';
    for (const line of lines.split('\n')) {
      if (line === '') continue;
      this.#followItem(line);
      text += this.#writeLine(line);
    }
    return text;
  }

  #followItem(line: string): void {
    if (!line.startsWith('{"type":"response.output_item.')) return;
    const { type, output_index, item }: OutputItemLine = JSON.parse(line);
    if (type === 'response.output_item.added') this.#openItems.set(output_index, item);
    else this.#openItems.delete(output_index);
  }

  /** The attempt broke off. */
  #endOpenItems(): string {
    let text = '';
    for (const [output_index, item] of this.#openItems) {
      const done = { type: 'response.output_item.done', output_index, item: { ...item, status: 'incomplete' } };
      text += this.#writeLine(toJsonLine(done));
    }
    this.#openItems.clear();
    return text;
  }

  #writeLifecycle(type: LifecycleEventType, response: string): string {
    return this.#writeLine(`{"type":"${type}","response":${response}}`);
  }

  #writeLine(line: string): string {
    const number = this.#sequenceNumber;
    this.#sequenceNumber += 1;
    return number > this.#startingAfter ? encodeEventLine(line, number) : '';
  }
}

/** Returns whether a job with this finish reason has made a response that is incomplete. A trigger in migrations/0010 asks the same. */
function isIncompleteReason(finishReason: string | undefined): boolean {
  return finishReason === 'length' || finishReason === 'content_filter';
}

/** Returns whether an event of a job is its last. */
export function isLastEvent({ data: { status } }: JobEvent): boolean {
  return status !== undefined && isFinal({ status });
}
