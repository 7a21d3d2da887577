import { BoundedMap } from '../lib/bounded-map.ts';

/** What is known of one model at one provider with one API key, or with `anyModel` of the key itself. */
interface HealthState {
  /** Failures in a row. */
  failures: number;
  lastFailureAtMs: number;
  cooldownMs: number;
  /** When the cooldown ends; 0 where there is none. It is only ever lengthened, until a request succeeds. */
  untilMs: number;
  /** When the one request began that tries the target after a cooldown. */
  probeStartedAtMs: number | undefined;
}

/** So many failures in a row begin a cooldown. */
const maxFailures = 5;
/** Failures with a longer pause between them are not in a row. */
const maxFailurePauseMs = 60_000;
const firstCooldownMs = 10_000;
/** No cooldown is longer, even where a provider asks for more. */
const maxCooldownMs = 120_000;
/** A probe that takes longer no longer keeps other requests from trying. */
const maxProbeMs = 30_000;
/** Names of models come from clients. */
const maxModelsPerProvider = 1_000;

/** Stands for all models of a provider, where its API key does not work. No model has this name. */
const anyModel = '';

/**
 * Which targets of routes fail, in this isolate: a circuit breaker for each model of each provider with each API key. A target that
 * has failed five times in a row gets no requests for ten seconds, then one, and if that fails none for twice as long.
 */
export class TargetHealth {
  readonly #now: () => number;
  /** By the provider, of which there is one for each API key. */
  readonly #providers = new WeakMap<object, BoundedMap<string, HealthState>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** When a target may be tried again; undefined where it may be tried now. */
  cooldownUntilMs(provider: object, model: string): number | undefined {
    const times = [this.#find(provider, anyModel), this.#find(provider, model)].map((state) =>
      this.#blockedUntil(state),
    );
    const untilMs = Math.max(...times);
    return untilMs > this.#now() ? untilMs : undefined;
  }

  #blockedUntil(state: HealthState | undefined): number {
    if (!state || state.untilMs === 0) return 0;
    const { untilMs, probeStartedAtMs } = state;
    return probeStartedAtMs === undefined ? untilMs : Math.max(untilMs, probeStartedAtMs + maxProbeMs);
  }

  /** Records that a target is tried. After a cooldown others wait for its outcome. */
  recordStart(provider: object, model: string): void {
    for (const state of [this.#find(provider, anyModel), this.#find(provider, model)]) {
      if (state && state.untilMs > 0) state.probeStartedAtMs = this.#now();
    }
  }

  /** Records that a target has begun to answer: it can be tried again, but has not shown yet that it finishes. */
  recordAnswer(provider: object, model: string): void {
    for (const state of [this.#find(provider, anyModel), this.#find(provider, model)]) {
      if (!state || state.untilMs === 0) continue;
      state.untilMs = 0;
      state.probeStartedAtMs = undefined;
      state.failures = maxFailures - 1;
    }
  }

  /** Records that a target has answered in full. */
  recordSuccess(provider: object, model: string): void {
    for (const name of [anyModel, model]) {
      if (this.#find(provider, name)) this.#providers.get(provider)?.set(name, createState());
    }
  }

  /** Records an attempt that says nothing of its target: a client that left, a request that was wrong. */
  recordNeutral(provider: object, model: string): void {
    for (const state of [this.#find(provider, anyModel), this.#find(provider, model)]) {
      if (state) state.probeStartedAtMs = undefined;
    }
  }

  /** Records a failure. With `retryAfterMs` the target is left alone for as long, from now on. */
  recordFailure(provider: object, model: string, retryAfterMs = 0): void {
    const state = this.#state(provider, model);
    const nowMs = this.#now();
    if (nowMs - state.lastFailureAtMs > maxFailurePauseMs && state.untilMs === 0) state.failures = 0;
    state.failures += 1;
    state.lastFailureAtMs = nowMs;
    this.#coolDown(state, state.failures >= maxFailures, retryAfterMs);
  }

  /** Records that the provider has refused the API key, or that its account has no money: no model works with it. */
  recordKeyFailure(provider: object): void {
    this.#coolDown(this.#state(provider, anyModel), true, 0);
  }

  #coolDown(state: HealthState, isFailing: boolean, retryAfterMs: number): void {
    const nowMs = this.#now();
    const wasProbe = state.probeStartedAtMs !== undefined;
    state.probeStartedAtMs = undefined;
    if (isFailing || wasProbe) {
      const doubles = wasProbe || state.cooldownMs === 0;
      if (doubles) state.cooldownMs = Math.min(Math.max(2 * state.cooldownMs, firstCooldownMs), maxCooldownMs);
      state.untilMs = Math.max(state.untilMs, nowMs + state.cooldownMs);
    }
    if (retryAfterMs > 0) state.untilMs = Math.max(state.untilMs, nowMs + Math.min(retryAfterMs, maxCooldownMs));
  }

  #find(provider: object, model: string): HealthState | undefined {
    return this.#providers.get(provider)?.get(model);
  }

  #state(provider: object, model: string): HealthState {
    let models = this.#providers.get(provider);
    if (!models) {
      models = new BoundedMap({ maxSize: maxModelsPerProvider, evicts: 'least-recently-set' });
      this.#providers.set(provider, models);
    }
    const existing = models.get(model);
    if (existing) return existing;
    const state = createState();
    models.set(model, state);
    return state;
  }
}

function createState(): HealthState {
  return { failures: 0, lastFailureAtMs: 0, cooldownMs: 0, untilMs: 0, probeStartedAtMs: undefined };
}
