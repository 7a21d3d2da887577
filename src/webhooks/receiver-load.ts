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
  /** After how many milliseconds the receiver counts as slow; 0 for one of a tenant that has slow receivers. */
  readonly slowAfterMs: number;
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
  /** Until then it has just timed out. A tenant has with any of its hosts. */
  timedOutUntilMs: number;
  /** The latest time that a delayed delivery was given. */
  lastSlotAtMs: number;
}

const fullTimeoutMs = 10_000;
/** The time limit of a host that has just timed out. */
const shortTimeoutMs = 3_000;
/** Most receivers answer sooner. */
const slowAfterMs = 500;
/** The same while other receivers are slow: the next ones may be, too. */
const slowAfterOthersMs = 200;
/** How long a host has just timed out after its full time. Then it gets the full time again. */
const timedOutForMs = 60_000;
const maxSlowPerTenant = 5;
const maxSlowPerHost = 3;
const maxPerTimedOutHost = 2;
/** An attempt that has not ended by then died with its invocation. */
const maxAttemptMs = 30_000;
const minDelayMs = 2_000;
const minDelayAfterTimeoutMs = 5_000;
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

  /** All attempts that are under way. */
  readonly #attempts = new Set<OngoingAttempt>();

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
    const firstSlotAtMs = nowMs + (this.#hasTimedOut(state) ? minDelayAfterTimeoutMs : minDelayMs);
    state.lastSlotAtMs = Math.min(Math.max(state.lastSlotAtMs, firstSlotAtMs) + slotMs, nowMs + maxDelayMs);
    return state.lastSlotAtMs - nowMs;
  }

  /** Counts the attempts that are under way for the tenant of a receiver, and for its host. */
  countAttempts(receiver: Receiver): { readonly tenant: number; readonly host: number } {
    return {
      tenant: ongoing(this.#stateOf(receiver.tenantId).attempts, this.#now()).length,
      host: ongoing(this.#stateOf(hostKey(receiver)).attempts, this.#now()).length,
    };
  }

  /** Starts an attempt. */
  start(receiver: Receiver): ReceiverAttempt {
    const host = this.#stateOf(hostKey(receiver));
    const tenant = this.#stateOf(receiver.tenantId);
    const hasSlowReceivers = this.#hasTimedOut(tenant) || this.#countSlow(tenant) > 0;
    const timeoutMs = this.#hasTimedOut(host) ? shortTimeoutMs : fullTimeoutMs;
    const attempt = { startedAtMs: this.#now(), isSlow: hasSlowReceivers };
    const attempts = [host.attempts, tenant.attempts, this.#attempts];
    for (const set of attempts) set.add(attempt);
    return {
      timeoutMs,
      slowAfterMs: hasSlowReceivers ? 0 : this.#slowAfterMs(),
      markSlow: () => {
        attempt.isSlow = true;
      },
      end: (outcome) => {
        for (const set of attempts) set.delete(attempt);
        const timedOutUntilMs = this.#now() + timedOutForMs;
        if (outcome === 'answered') Object.assign(host, { timedOutUntilMs: 0, lastSlotAtMs: 0 });
        if (outcome === 'timeout') tenant.timedOutUntilMs = timedOutUntilMs;
        if (outcome === 'timeout' && timeoutMs === fullTimeoutMs) host.timedOutUntilMs = timedOutUntilMs;
      },
    };
  }

  #slowAfterMs(): number {
    return ongoing(this.#attempts, this.#now()).some(({ isSlow }) => isSlow) ? slowAfterOthersMs : slowAfterMs;
  }

  /** Returns the state that lets no further attempt start; undefined if one may. */
  #findFull(receiver: Receiver): LoadState | undefined {
    const tenant = this.#stateOf(receiver.tenantId);
    const host = this.#stateOf(hostKey(receiver));
    const hostCount = ongoing(host.attempts, this.#now()).length;
    if (this.#hasTimedOut(host) && hostCount >= maxPerTimedOutHost) return host;
    if (this.#countSlow(host) >= maxSlowPerHost) return host;
    return this.#countSlow(tenant) >= maxSlowPerTenant ? tenant : undefined;
  }

  #hasTimedOut({ timedOutUntilMs }: LoadState): boolean {
    return timedOutUntilMs > this.#now();
  }

  #countSlow({ attempts }: LoadState): number {
    return ongoing(attempts, this.#now()).filter(({ isSlow }) => isSlow).length;
  }

  #stateOf(key: string): LoadState {
    const existing = this.#states.get(key);
    if (existing) return existing;
    const state = { attempts: new Set<OngoingAttempt>(), timedOutUntilMs: 0, lastSlotAtMs: 0 };
    this.#states.set(key, state);
    return state;
  }
}

/** Returns the attempts that are under way, and forgets those that died. */
function ongoing(attempts: Set<OngoingAttempt>, nowMs: number): OngoingAttempt[] {
  for (const attempt of attempts) if (attempt.startedAtMs < nowMs - maxAttemptMs) attempts.delete(attempt);
  return [...attempts];
}

function hostKey({ tenantId, host }: Receiver): string {
  return `${tenantId} ${host}`;
}
