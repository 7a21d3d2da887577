import type { GatewayError } from '../domain/errors.ts';
import type { RequestSource } from '../domain/ledger.ts';
import type { RequestTags } from '../domain/logging.ts';
import type { TranslationReport } from '../domain/translation-report.ts';

/** How the last attempt of a request ended. */
interface AttemptDetails {
  readonly route?: string | undefined;
  /** The message of the gateway's error. Absent where the attempt has not failed. */
  readonly errorMessage?: string | undefined;
  readonly upstreamStatus?: number | undefined;
  readonly upstreamRequestId?: string | undefined;
}

/** What the client got. */
interface AnswerDetails {
  readonly httpStatus: number;
  readonly translation: TranslationReport | undefined;
}

interface LoggedRequestOptions {
  /** The path of its route in Hono's syntax. */
  readonly path: string;
  readonly sessionId?: string | undefined;
  readonly tags?: RequestTags | undefined;
  readonly jobId?: string | undefined;
  /** What the client has asked for, for a request that is refused. */
  readonly requested?: RequestedModel | undefined;
  readonly endUser?: string | undefined;
}

/** What the client has asked for. */
interface RequestedModel {
  readonly source: RequestSource;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/**
 * What the request log says of a request beside the ledger's records of its attempts. What handles the request fills it in: the last
 * attempt, and for an HTTP request the middleware that has the response.
 */
export class LoggedRequest {
  readonly path: string;
  readonly sessionId: string | undefined;
  readonly tags: RequestTags | undefined;
  readonly jobId: string | undefined;
  readonly endUser: string | undefined;
  readonly requested: RequestedModel;
  #hasAttempt = false;
  #attempt: AttemptDetails = {};
  #answer: AnswerDetails | undefined;

  constructor({ path, sessionId, tags, jobId, endUser, requested = { source: 'sync' } }: LoggedRequestOptions) {
    this.path = path;
    this.sessionId = sessionId;
    this.tags = tags;
    this.jobId = jobId;
    this.endUser = endUser;
    this.requested = requested;
  }

  /** To whom the request is attributed. */
  get attribution(): Pick<LoggedRequestOptions, 'endUser' | 'sessionId' | 'tags'> {
    const { endUser, sessionId, tags } = this;
    return { endUser, sessionId, tags };
  }

  /** Whether a provider was asked, so that the request has records in the ledger. */
  get hasAttempt(): boolean {
    return this.#hasAttempt;
  }

  /** Whether nothing more is filled in. */
  get isComplete(): boolean {
    return this.#answer !== undefined || this.jobId !== undefined;
  }

  get attempt(): AttemptDetails {
    return this.#attempt;
  }

  get answer(): Partial<AnswerDetails> {
    return this.#answer ?? {};
  }

  /** Records that an attempt begins, or that an earlier reply answers the request. */
  recordAttempt(): void {
    this.#hasAttempt = true;
  }

  recordAttemptEnd(details: AttemptDetails): void {
    this.#attempt = details;
  }

  recordAnswer(details: AnswerDetails): void {
    this.#answer = details;
  }
}

/** A job that was refused when it was to be created. */
export interface RefusedJob {
  readonly error: GatewayError;
  readonly log: LoggedRequest;
}
