import { BoundedMap } from '../lib/bounded-map.ts';

/** The receiver of a delivery. */
export interface Receiver {
  readonly tenantId: string;
  /** The host and the port of its URL. */
  readonly host: string;
}

/** What became of an attempt; `unknown` if no request was sent. */
export type ReceiverOutcome = 'answered' | 'timeout' | 'unknown';

/** An attempt that has started, and what it has to report. */
export interface ReceiverAttempt {
  /** How long the receiver may take, in milliseconds. */
  readonly timeoutMs: number;
  /** The receiver takes longer than most. */
  readonly markSlow: () => void;
  readonly end: (outcome: ReceiverOutcome) => void;
}

interface OngoingAttempt {
  readonly startedAtMs: number;
  isSlow: boolean;
}

/** A tenant, or a host of a tenant. */
interface LoadState {
  readonly attempts: Set<OngoingAttempt>;
  /** Until then it has just timed out. */
  timedOutUntilMs: number;
  /** The latest time that a delayed delivery was given. */
  lastSlotAtMs: number;
}

const fullTimeoutMs = 10_000;
/** The time limit of a host that has just timed out. */
const shortTimeoutMs = 3_000;
/** How long a host has just timed out after its full time. Then it gets the full time again. */
const timedOutForMs = 60_000;
const maxSlowPerTenant = 5;
const maxSlowPerHost = 3;
const maxPerTimedOutHost = 2;
/** An attempt that has not ended by then died with its invocation. */
const maxAttemptMs = 30_000;
const minDelayMs = 5_000;
const maxDelayMs = 600_000;
/** The time between two delayed deliveries of a tenant or a host. */
const slotMs = 1_500;
const maxStates = 10_000;

/**
 * Knows which receivers are slow, so that those of one tenant do not take up what others need. Hosts count for each tenant
 * alone: what another tenant sends to the same host is not affected. Each isolate finds out by itself.
 */
export class ReceiverLoad {
  readonly #now: () => number;
  readonly #states = new BoundedMap<string, LoadState>({
    maxSize: maxStates,
    evicts: 'least-recently-set',
    canEvict: ({ attempts }) => attempts.size === 0,
  });

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns whether an attempt may start now. If not, it has to be delayed. */
  canStart(receiver: Receiver): boolean {
    return !this.#findFull(receiver);
  }

  /** Returns by how many milliseconds to delay an attempt that may not start now. Each one gets a time of its own. */
  takeDelayMs(receiver: Receiver): number {
    const state = this.#findFull(receiver) ?? this.#stateOf(hostKey(receiver));
    const nowMs = this.#now();
    state.lastSlotAtMs = Math.min(Math.max(state.lastSlotAtMs, nowMs + minDelayMs) + slotMs, nowMs + maxDelayMs);
    return state.lastSlotAtMs - nowMs;
  }

  /** Counts the attempts that are under way for the tenant of a receiver, and for its host. */
  countAttempts(receiver: Receiver): { readonly tenant: number; readonly host: number } {
    return {
      tenant: this.#ongoing(this.#stateOf(receiver.tenantId)).length,
      host: this.#ongoing(this.#stateOf(hostKey(receiver))).length,
    };
  }

  /** Starts an attempt. */
  start(receiver: Receiver): ReceiverAttempt {
    const host = this.#stateOf(hostKey(receiver));
    const states = [host, this.#stateOf(receiver.tenantId)];
    const timeoutMs = this.#hasTimedOut(host) ? shortTimeoutMs : fullTimeoutMs;
    const attempt = { startedAtMs: this.#now(), isSlow: false };
    for (const { attempts } of states) attempts.add(attempt);
    return {
      timeoutMs,
      markSlow: () => {
        attempt.isSlow = true;
      },
      end: (outcome) => {
        for (const { attempts } of states) attempts.delete(attempt);
        if (outcome === 'answered') Object.assign(host, { timedOutUntilMs: 0, lastSlotAtMs: 0 });
        if (outcome === 'timeout' && timeoutMs === fullTimeoutMs) host.timedOutUntilMs = this.#now() + timedOutForMs;
      },
    };
  }

  /** Returns the state that lets no further attempt start; undefined if one may. */
  #findFull(receiver: Receiver): LoadState | undefined {
    const tenant = this.#stateOf(receiver.tenantId);
    const host = this.#stateOf(hostKey(receiver));
    if (this.#hasTimedOut(host) && this.#ongoing(host).length >= maxPerTimedOutHost) return host;
    if (this.#ongoing(host).filter(({ isSlow }) => isSlow).length >= maxSlowPerHost) return host;
    return this.#ongoing(tenant).filter(({ isSlow }) => isSlow).length >= maxSlowPerTenant ? tenant : undefined;
  }

  #hasTimedOut(host: LoadState): boolean {
    return host.timedOutUntilMs > this.#now();
  }

  #ongoing({ attempts }: LoadState): OngoingAttempt[] {
    const oldestMs = this.#now() - maxAttemptMs;
    for (const attempt of attempts) if (attempt.startedAtMs < oldestMs) attempts.delete(attempt);
    return [...attempts];
  }

  #stateOf(key: string): LoadState {
    const existing = this.#states.get(key);
    if (existing) return existing;
    const state = { attempts: new Set<OngoingAttempt>(), timedOutUntilMs: 0, lastSlotAtMs: 0 };
    this.#states.set(key, state);
    return state;
  }
}

function hostKey({ tenantId, host }: Receiver): string {
  return `${tenantId} ${host}`;
}
