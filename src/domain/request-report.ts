import type { LimitStatus } from './limits.ts';

/** A failed attempt of a request that went over the targets of a route. */
export interface AttemptSummary {
  /** The provider's id. */
  readonly provider: string;
  readonly model: string;
  /** The HTTP status that the provider answered with; null where it did not answer, or was not asked. */
  readonly status: number | null;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Why it failed: an error code, or `budget` where the money did not suffice for it. */
  readonly reason: string;
}

/**
 * What is known of a request apart from its response: for reply headers and the log. Results have all that was reached;
 * an error has what was known when it was thrown.
 */
export interface RequestReport {
  /** The provider's id. */
  readonly provider?: string | undefined;
  /** The model that was requested of the provider. */
  readonly model?: string | undefined;
  /** The state of the rate limits of the API key and its tenant after admission. */
  readonly limits?: readonly LimitStatus[] | undefined;
  /** Milliseconds that admission took. */
  readonly admitMs?: number | undefined;
  /** Milliseconds from admission until the provider had answered: with its headers for a stream, else in full. */
  readonly upstreamMs?: number | undefined;
  /** The HTTP status that the provider answered with. */
  readonly upstreamStatus?: number | undefined;
  /** The name of the route that the request named. */
  readonly route?: string | undefined;
  /** How many times a provider was asked. Absent: once. */
  readonly attempts?: number | undefined;
  /** The attempts that failed, where the whole request did. */
  readonly failedAttempts?: readonly AttemptSummary[] | undefined;
  /** The id that the provider gave the request. */
  readonly upstreamRequestId?: string | undefined;
}
