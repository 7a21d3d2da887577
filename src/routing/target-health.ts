import { BoundedMap } from '../lib/bounded-map.ts';
import { maxCooldownMs } from './cooldown-script.ts';
import type { ProviderAccount, SharedCooldowns } from './shared-cooldowns.ts';

/** What is known of one model at one provider with one API key, or with `anyModel` of the key itself. */
interface HealthState {
  /** Failures in a row. */
  failures: number;
  lastFailureAtMs: number;
  cooldownMs: number;
  /** When the cooldown that began here ends; 0 where there is none. It is only ever lengthened, until a request succeeds. */
  untilMs: number;
  /** When the one request began that tries the target after a cooldown. */
  probeStartedAtMs: number | undefined;
}

/** So many failures in a row begin a cooldown. */
const maxFailures = 5;
/** Failures with a longer pause between them are not in a row. */
const maxFailurePauseMs = 60_000;
const firstCooldownMs = 10_000;
/** A probe that takes longer no longer keeps other requests from trying. */
const maxProbeMs = 30_000;
/** Names of models come from clients. */
const maxModelsPerProvider = 1_000;

/** Stands for all models of a provider, where its API key does not work. No model has this name. */
const anyModel = '';

/**
 * Which targets of routes fail: a circuit breaker in this isolate for each model of each provider with each API key. A target that has
 * failed five times in a row gets no requests for ten seconds, then one, and if that fails none for twice as long. The cooldowns of other
 * isolates count like its own.
 */
export class TargetHealth {
  readonly #now: () => number;
  readonly #shared: SharedCooldowns | undefined;
  /** By the provider, of which there is one for each API key. */
  readonly #providers = new WeakMap<ProviderAccount, BoundedMap<string, HealthState>>();

  /** Without `shared` this isolate knows only its own cooldowns. */
  constructor(now: () => number, shared?: SharedCooldowns) {
    this.#now = now;
    this.#shared = shared;
  }

  /** When a target may be tried again; undefined where it may be tried now. */
  cooldownUntilMs(provider: ProviderAccount, model: string): number | undefined {
    const untilMs = Math.max(this.#blockedUntil(provider, anyModel), this.#blockedUntil(provider, model));
    return untilMs > this.#now() ? untilMs : undefined;
  }

  #blockedUntil(provider: ProviderAccount, model: string): number {
    const untilMs = this.#untilMs(provider, model);
    const probeStartedAtMs = this.#find(provider, model)?.probeStartedAtMs;
    if (untilMs === 0 || probeStartedAtMs === undefined) return untilMs;
    return Math.max(untilMs, probeStartedAtMs + maxProbeMs);
  }

  /** When the cooldown ends or has ended, wherever it began; 0 where there is none. */
  #untilMs(provider: ProviderAccount, model: string): number {
    return Math.max(this.#find(provider, model)?.untilMs ?? 0, this.#shared?.untilMs(provider, model) ?? 0);
  }

  /** Records that a target is tried. After a cooldown others wait for its outcome. */
  recordStart(provider: ProviderAccount, model: string): void {
    for (const name of [anyModel, model]) {
      if (this.#untilMs(provider, name) > 0) this.#state(provider, name).probeStartedAtMs = this.#now();
    }
  }

  /** Records that a target has begun to answer: it can be tried again, but has not shown yet that it finishes. */
  recordAnswer(provider: ProviderAccount, model: string): void {
    for (const name of [anyModel, model]) {
      const state = this.#find(provider, name);
      if (!state || !this.#endCooldown(provider, name, state)) continue;
      state.untilMs = 0;
      state.probeStartedAtMs = undefined;
      state.failures = maxFailures - 1;
    }
  }

  /** Records that a target has answered in full. */
  recordSuccess(provider: ProviderAccount, model: string): void {
    for (const name of [anyModel, model]) {
      const state = this.#find(provider, name);
      if (!state) continue;
      this.#endCooldown(provider, name, state);
      this.#providers.get(provider)?.set(name, createState());
    }
  }

  /**
   * Publishes the end of a cooldown. Returns false where there is none to end: the success of a request that began earlier ends no
   * cooldown of another isolate.
   */
  #endCooldown(provider: ProviderAccount, model: string, state: HealthState): boolean {
    if (state.untilMs === 0 && state.probeStartedAtMs === undefined) return false;
    this.#shared?.publishEnd(provider, model);
    return true;
  }

  /** Records an attempt that says nothing of its target: a client that left, a request that was wrong. */
  recordNeutral(provider: ProviderAccount, model: string): void {
    for (const state of [this.#find(provider, anyModel), this.#find(provider, model)]) {
      if (state) state.probeStartedAtMs = undefined;
    }
  }

  /** Records a failure. With `retryAfterMs` the target is left alone for as long, from now on. */
  recordFailure(provider: ProviderAccount, model: string, retryAfterMs = 0): void {
    const state = this.#state(provider, model);
    const nowMs = this.#now();
    if (nowMs - state.lastFailureAtMs > maxFailurePauseMs && state.untilMs === 0) state.failures = 0;
    state.failures += 1;
    state.lastFailureAtMs = nowMs;
    this.#coolDown(provider, model, { isFailing: state.failures >= maxFailures, retryAfterMs });
  }

  /** Records that the provider has refused the API key, or that its account has no money: no model works with it. */
  recordKeyFailure(provider: ProviderAccount): void {
    this.#coolDown(provider, anyModel, { isFailing: true, retryAfterMs: 0 });
  }

  #coolDown(
    provider: ProviderAccount,
    model: string,
    { isFailing, retryAfterMs }: { readonly isFailing: boolean; readonly retryAfterMs: number },
  ): void {
    const state = this.#state(provider, model);
    const nowMs = this.#now();
    const previousUntilMs = state.untilMs;
    const wasProbe = state.probeStartedAtMs !== undefined;
    state.probeStartedAtMs = undefined;
    if (isFailing || wasProbe) {
      const doubles = wasProbe || state.cooldownMs === 0;
      // The first one began in another isolate.
      if (wasProbe && previousUntilMs === 0) state.cooldownMs = Math.max(state.cooldownMs, firstCooldownMs);
      if (doubles) state.cooldownMs = Math.min(Math.max(2 * state.cooldownMs, firstCooldownMs), maxCooldownMs);
      state.untilMs = Math.max(state.untilMs, nowMs + state.cooldownMs);
    }
    if (retryAfterMs > 0) state.untilMs = Math.max(state.untilMs, nowMs + Math.min(retryAfterMs, maxCooldownMs));
    if (state.untilMs > previousUntilMs) this.#shared?.publish(provider, model, state.untilMs);
  }

  #find(provider: ProviderAccount, model: string): HealthState | undefined {
    return this.#providers.get(provider)?.get(model);
  }

  #state(provider: ProviderAccount, model: string): HealthState {
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
