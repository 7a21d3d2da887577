import type { GatewayError } from '../domain/errors.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import type { TargetFailure } from '../routing/classify-failure.ts';
import { orderTargets } from '../routing/order-targets.ts';
import type { TargetHealth } from '../routing/target-health.ts';
import type { Target } from './gateway-request.ts';

/** A target of a route that the request may use, with its provider. */
export interface Candidate extends Target, Omit<RouteTarget, 'provider'> {
  /** The place of its API key among those of the operator, from 0. */
  readonly keyIndex?: number;
}

interface RoutePlanOptions {
  readonly retry: Route['retry'];
  readonly candidates: readonly Candidate[];
  readonly health: TargetHealth;
  /** Returns a number in (0, 1), by which targets of one tier are ordered. */
  readonly sample: (candidate: Candidate) => number;
  /** Returns the most tokens of a prompt and its reply; undefined where that is not known. */
  readonly getContextWindow: (candidate: Candidate) => number | undefined;
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

/** The pause before a target is tried again: a random time up to this, doubled with each of its failures. */
const firstBackoffMs = 250;
const maxBackoffMs = 8_000;

interface FailedCandidate {
  readonly failures: number;
  /** When it may be tried again; undefined: not for this request. */
  readonly retryAtMs: number | undefined;
}

/**
 * Chooses the targets of one request, one attempt after the other: those that were not tried yet in their order, at once and without
 * those that are cooling down; then those that have failed, after a pause.
 */
export class RoutePlan {
  readonly #options: RoutePlanOptions;
  readonly #order: readonly Candidate[];
  readonly #failed = new Map<Candidate, FailedCandidate>();
  readonly #excluded = new Set<Candidate>();
  #attempts = 0;
  #hasRetries = true;

  constructor(options: RoutePlanOptions) {
    this.#options = options;
    this.#order = orderTargets(options.candidates, options.sample);
  }

  /** The targets that the request may use. */
  get candidates(): readonly Candidate[] {
    return this.#order;
  }

  /** When the last attempt may begin, and a stream must have its first content. */
  get deadlineAtMs(): number {
    return this.#options.startedAtMs + this.#options.retry.deadlineMs;
  }

  /** Returns the next target and the time from which it may be tried; undefined where the request has failed. */
  next(): { readonly candidate: Candidate; readonly atMs: number } | undefined {
    const { now, retry } = this.#options;
    if (this.#attempts >= retry.attempts || now() >= this.deadlineAtMs) return undefined;
    const candidate = this.#nextUntried;
    if (candidate) return { candidate, atMs: now() };
    return this.#nextFailed;
  }

  /** Returns the target that is tried first among those that `isUsable` accepts; where there is none, the first of all. */
  first(isUsable: (candidate: Candidate) => boolean): Candidate | undefined {
    const first = this.#nextUntried;
    for (let candidate = first; candidate; candidate = this.#nextUntried) {
      if (isUsable(candidate)) return candidate;
      this.exclude(candidate);
    }
    return first;
  }

  /** Whether another target is left for the case that an attempt fails. */
  hasOther(candidate: Candidate): boolean {
    if (this.#attempts + 1 >= this.#options.retry.attempts) return false;
    return this.#untried.some((other) => other !== candidate && this.#cooldownOf(other) === undefined);
  }

  /** Counts an attempt that is sent. */
  countAttempt(): void {
    this.#attempts += 1;
  }

  /** Takes a target out of the plan of this request: it cannot express the request, or its money does not suffice. */
  exclude(candidate: Candidate): void {
    this.#excluded.add(candidate);
  }

  /** Leaves only the targets that were not tried yet. */
  stopRetries(): void {
    this.#hasRetries = false;
  }

  /** Records a failed attempt. */
  recordFailure(candidate: Candidate, failure: TargetFailure, error: GatewayError): void {
    const { health, now, random, getContextWindow } = this.#options;
    const { provider, model } = candidate;
    const failures = (this.#failed.get(candidate)?.failures ?? 0) + 1;
    if (failure === 'key') {
      health.recordKeyFailure(provider);
      for (const other of this.#order) if (other.provider === provider) this.exclude(other);
      return;
    }
    if (failure === 'window') {
      health.recordNeutral(provider, model);
      const window = getContextWindow(candidate) ?? 0;
      for (const other of this.#order) if ((getContextWindow(other) ?? 0) <= window) this.exclude(other);
      return;
    }
    const retryAfterMs = (error.retryAfterSeconds ?? 0) * 1000;
    health.recordFailure(provider, model, retryAfterMs);
    const backoffMs = random() * Math.min(firstBackoffMs * 2 ** failures, maxBackoffMs);
    const retryAtMs = error.retryable ? now() + Math.max(retryAfterMs, backoffMs) : undefined;
    this.#failed.set(candidate, { failures, retryAtMs });
  }

  get #untried(): readonly Candidate[] {
    return this.#order.filter((candidate) => !this.#excluded.has(candidate) && !this.#failed.has(candidate));
  }

  get #nextUntried(): Candidate | undefined {
    const untried = this.#untried;
    const available = untried.find((candidate) => this.#cooldownOf(candidate) === undefined);
    if (available || this.#attempts > 0) return available;
    // All of them are cooling down: the request has to go somewhere.
    const [soonest] = untried.toSorted((left, right) => (this.#cooldownOf(left) ?? 0) - (this.#cooldownOf(right) ?? 0));
    return soonest;
  }

  get #nextFailed(): { readonly candidate: Candidate; readonly atMs: number } | undefined {
    if (!this.#hasRetries) return undefined;
    const retries = [...this.#failed].flatMap(([candidate, { retryAtMs }]) =>
      retryAtMs === undefined || this.#excluded.has(candidate) ? [] : [{ candidate, atMs: retryAtMs }],
    );
    const [soonest] = retries.sort((left, right) => left.atMs - right.atMs);
    return soonest && soonest.atMs < this.deadlineAtMs ? soonest : undefined;
  }

  #cooldownOf({ provider, model }: Candidate): number | undefined {
    return this.#options.health.cooldownUntilMs(provider, model);
  }
}
