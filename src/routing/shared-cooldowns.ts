import { BoundedMap } from '../lib/bounded-map.ts';
import type { AttachedScript } from '../lib/redis-script.ts';
import { cooldownScript, maxCooldownMs, maxSharedCooldowns } from './cooldown-script.ts';

/** A provider with one API key, as far as its cooldowns depend on it. */
export interface ProviderAccount {
  /** Whether the API key is a tenant's own. */
  readonly isByok?: boolean | undefined;
  /** Hashes what tells the account from others. Absent: its cooldowns are not shared. */
  hashAccount?(hash: (text: string) => string): string;
}

interface SharedCooldownsOptions {
  /** A keyed hash that is the same in all isolates of a deployment. */
  readonly hash: (text: string) => string;
  readonly now: () => number;
}

interface Change {
  readonly isByok: boolean;
  readonly isEnd: boolean;
  /** When the cooldown ends. For an end: after which there is nothing left that it could end. */
  readonly untilMs: number;
}

interface PendingExchange {
  readonly sentAtMs: number;
  readonly changes: ReadonlyMap<string, Change>;
}

/** In one hash slot. Deployments that have one Redis share them, and know only their own cooldowns by their hashes. */
const cooldownKeys = ['cooldowns:{targets}:operator', 'cooldowns:{targets}:tenants'];
/** Cooldowns are shared for as long after a request has asked for one. */
const maxIdleMs = 60_000;
/** How often cooldowns are read where this isolate has none to publish, and after a failure. */
const intervalMs = 1_000;
/** An exchange without an outcome for longer has ended with its request. */
const maxPendingMs = 5_000;
/** A cooldown that is longer than what is published by less is not published again. */
const minExtensionMs = 1_000;
const maxIds = 1_000;

/**
 * The cooldowns of other isolates. They travel through Redis with round trips that are made anyway, and only while requests ask for
 * cooldowns: without such round trips, and without Redis, each isolate has its own alone. No API key reaches Redis: a cooldown is named by
 * a keyed hash of the provider, its base URL and API key, and the model.
 */
export class SharedCooldowns {
  readonly #options: SharedCooldownsOptions;
  readonly #ids = new WeakMap<ProviderAccount, BoundedMap<string, string>>();
  /** By id, when cooldowns end. Some have ended: they still tell that the next request is a probe. */
  #untilMs = new Map<string, number>();
  #changes = new Map<string, Change>();
  #pending: PendingExchange | undefined;
  #consultedAtMs = Number.NEGATIVE_INFINITY;
  #exchangedAtMs = Number.NEGATIVE_INFINITY;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SharedCooldownsOptions) {
    this.#options = options;
  }

  /** Returns when the cooldown of a model ends or has ended; 0 where there is none. */
  untilMs(provider: ProviderAccount, model: string): number {
    this.#consultedAtMs = this.#options.now();
    if (this.#untilMs.size === 0) return 0;
    return this.#untilMs.get(this.#findId(provider, model) ?? '') ?? 0;
  }

  /** Publishes a cooldown of this isolate with the next round trip. */
  publish(provider: ProviderAccount, model: string, untilMs: number): void {
    if (!this.#isInUse) return;
    const id = this.#findId(provider, model);
    if (id === undefined || untilMs - (this.#untilMs.get(id) ?? 0) < minExtensionMs) return;
    this.#addChange(id, { isByok: provider.isByok ?? false, isEnd: false, untilMs });
  }

  /** Ends a cooldown, here at once and elsewhere with the next round trip. */
  publishEnd(provider: ProviderAccount, model: string): void {
    if (!this.#isInUse) return;
    const id = this.#findId(provider, model);
    if (id === undefined) return;
    this.#untilMs.delete(id);
    const untilMs = this.#options.now() + maxCooldownMs;
    this.#addChange(id, { isByok: provider.isByok ?? false, isEnd: true, untilMs });
  }

  /** Creates the script that travels with a round trip. Returns undefined where there is nothing to publish or read now. */
  createScript(): AttachedScript | undefined {
    const nowMs = this.#options.now();
    if (!this.#isInUse || nowMs - this.#failedAtMs < intervalMs) return undefined;
    if (this.#changes.size === 0 && nowMs - this.#exchangedAtMs < intervalMs) return undefined;
    if (this.#pending) {
      if (nowMs - this.#pending.sentAtMs < maxPendingMs) return undefined;
      this.#restoreChanges(this.#pending);
    }
    const pending = { sentAtMs: nowMs, changes: this.#changes };
    this.#pending = pending;
    this.#exchangedAtMs = nowMs;
    this.#changes = new Map();
    return {
      source: cooldownScript,
      keys: cooldownKeys,
      values: [...pending.changes].flatMap(([id, change]) => toValues(id, change, nowMs)),
      onReply: (reply) => this.#receive(pending, reply),
    };
  }

  #receive(exchange: PendingExchange, reply: unknown): void {
    if (this.#pending !== exchange) return;
    this.#pending = undefined;
    if (typeof reply === 'string') this.#replace(parseReply(reply), exchange.sentAtMs);
    else {
      this.#failedAtMs = this.#options.now();
      this.#restoreChanges(exchange);
    }
  }

  /** Takes over the cooldowns that Redis has. Those that it has no more have ended early, or by time. */
  #replace(remaining: ReadonlyMap<string, number>, sentAtMs: number): void {
    const nowMs = this.#options.now();
    const untilMs = new Map<string, number>();
    for (const [id, remainingMs] of remaining) {
      // Its end is still to be published.
      if (this.#changes.get(id)?.isEnd) continue;
      // From the request, not the reply: a cooldown that has ended by time has ended here before it has in Redis.
      untilMs.set(id, sentAtMs + remainingMs);
    }
    for (const [id, endedAtMs] of this.#untilMs) {
      if (untilMs.size >= maxIds) break;
      if (endedAtMs <= nowMs && endedAtMs > nowMs - maxCooldownMs && !untilMs.has(id)) untilMs.set(id, endedAtMs);
    }
    this.#untilMs = untilMs;
  }

  #addChange(id: string, change: Change): void {
    this.#changes.delete(id);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size >= maxSharedCooldowns && oldest !== undefined) this.#changes.delete(oldest);
    this.#changes.set(id, change);
  }

  #restoreChanges({ changes }: PendingExchange): void {
    for (const [id, change] of changes) if (!this.#changes.has(id)) this.#addChange(id, change);
  }

  get #isInUse(): boolean {
    return this.#options.now() - this.#consultedAtMs < maxIdleMs;
  }

  #findId(provider: ProviderAccount, model: string): string | undefined {
    const { hash } = this.#options;
    let ids = this.#ids.get(provider);
    const existing = ids?.get(model);
    if (existing !== undefined) return existing;
    const account = provider.hashAccount?.(hash);
    if (account === undefined) return undefined;
    if (!ids) {
      ids = new BoundedMap({ maxSize: maxIds, evicts: 'least-recently-set' });
      this.#ids.set(provider, ids);
    }
    const id = hash(JSON.stringify([account, model]));
    ids.set(model, id);
    return id;
  }
}

function toValues(id: string, { isByok, isEnd, untilMs }: Change, nowMs: number): (string | number)[] {
  const remainingMs = Math.ceil(untilMs - nowMs);
  return remainingMs > 0 ? [isByok ? 2 : 1, id, isEnd ? 0 : remainingMs] : [];
}

/** Parses what the script returns: the remaining times by id. Leaves out what is no cooldown. */
function parseReply(reply: string): Map<string, number> {
  const remaining = new Map<string, number>();
  for (const [, id = '', digits] of reply.matchAll(/(?<=^| )([\w-]{22})=(\d{1,15})(?= |$)/g)) {
    if (remaining.size >= 2 * maxSharedCooldowns) break;
    remaining.set(id, Math.min(Number(digits), maxCooldownMs));
  }
  return remaining;
}
