import { after } from '../core/after.ts';
import { GatewayError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import type { Limits } from '../core/limits.ts';
import { errorName, type Logger } from '../core/logger.ts';
import { untilSo } from '../core/until-so.ts';
import { type Ask, type Counters, counterKey, type DrawReply } from './counters.ts';
import { Flusher, type Rows } from './flusher.ts';
import { Hold } from './hold.ts';
import { isBudget, type Limiter, limitersOf } from './limiter.ts';
import { LocalLimiter } from './local-limiter.ts';
import { leaseSeconds } from './scripts.ts';
import { Taking } from './taking.ts';
import { type Drawing, TenantQuota } from './tenant-quota.ts';

/** A call that asks to be let in. */
export interface AdmissionRequest {
  readonly tenantId: string;
  readonly keyId: string;
  readonly keyLimits: Limits;
  readonly tenantLimits: Limits;
  /** When the call starts: its day is the one that it is charged to. */
  readonly nowMs: number;
  /** Says what the call may come to at most; asked only where a limit counts it. */
  readonly estimate: () => { readonly tokens: number; readonly costNanoUsd: bigint | null };
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Told how the limits stand, whether the call is let in or refused. */
  readonly noteStatus?: ((status: readonly LimitStatus[]) => void) | undefined;
}

/** What a call has come to. */
export interface Spent {
  readonly tokens: number;
  readonly costNanoUsd: bigint;
}

/** How a limit stands, as far as this isolate knows. */
export interface LimitStatus {
  readonly limiter: Limiter;
  readonly remaining: number;
  /** Milliseconds until more is free. */
  readonly resetMs: number;
}

/** A place that was made for a call. */
export interface Reservation {
  /** Turns what was reserved into what was spent. To be called whatever became of the call; only the first time counts. */
  readonly settle: (spent: Spent) => void;
}

interface AdmissionOptions {
  readonly counters: Counters;
  /** What calls have cost is settled in Redis once their rows are sent. Absent: at once. */
  readonly rows?: Rows | undefined;
  /** What has been charged to a key or a tenant since a time, by the ledger. */
  readonly chargedSince: (limiter: Limiter, tenantId: string, since: Date) => Promise<bigint>;
  /** Whether rates are counted in each isolate alone while Redis does not answer, or calls are refused. */
  readonly onFailure: 'local' | 'refuse';
  readonly logger: Logger;
  readonly now: () => number;
}

const unlimited: Reservation = { settle: () => undefined };
const leaseMs = leaseSeconds * 1000;
/** Each budget may have to be given its number before a draw succeeds. */
const mostDraws = 6;
/** A draw that is under way for longer has died with its request. */
const longestDrawMs = 2_500;
const mostTenants = 10_000;
const dayLifeSeconds = 3 * 86_400;
const monthLifeSeconds = 40 * 86_400;
const retryAfterSeconds = 5;

/** Lets calls in, within the limits of their key and their tenant. One for each isolate. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #tenants = new Map<string, TenantQuota>();
  readonly #local = new LocalLimiter();
  readonly #flusher: Flusher;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#flusher = new Flusher(options);
  }

  /**
   * Makes a place for a call, from what this isolate has drawn or by one round trip to Redis. Throws `rate_limited` or
   * `budget_exceeded`, which say which limit it is and when it frees, and `unavailable` where money cannot be counted.
   */
  async admit(request: AdmissionRequest): Promise<Reservation> {
    const limiters = limitersOf(request, { key: request.keyLimits, tenant: request.tenantLimits });
    if (limiters.length === 0) return unlimited;
    const quota = this.#quotaOf(request.tenantId);
    const taking = new Taking(request, limiters, quota, this.#options.now);
    try {
      return await this.#letIn(request, quota, taking);
    } finally {
      request.noteStatus?.(taking.status());
    }
  }

  async #letIn(request: AdmissionRequest, quota: TenantQuota, taking: Taking): Promise<Reservation> {
    for (let draw = 0; draw < mostDraws; ) {
      taking.takeDrawn();
      const asks = taking.missing();
      if (asks.length === 0) return this.#admitted(request, quota, taking);
      taking.checkRefusals(asks);
      const other = quota.drawing.get(request.keyId);
      if (other && this.#options.now() < other.untilMs) {
        const withdraw = taking.announce(asks);
        // Of a draw that has died with its request nothing is heard any more: this call makes its own.
        await untilSo(() => other.answered !== undefined || this.#options.now() >= other.untilMs, longestDrawMs);
        // From here to the next draw nothing is awaited: those who wake after this call are still announced to it.
        withdraw();
        if (other.answered !== false) continue;
        // Once one has failed, the next is not waited for as well.
        taking.putBack();
        return this.#withoutRedis(request, taking);
      }
      draw += 1;
      const reply = await this.#drawForAll(request, quota, asks);
      if (reply?.outcome === 'ok') continue;
      // Other keys of the tenant may have drawn meanwhile: what this isolate has is not refused.
      if (reply?.outcome === 'refused' && taking.takeMore()) continue;
      taking.putBack();
      if (!reply) return this.#withoutRedis(request, taking);
      const ask = asks[reply.index];
      if (!ask) throw new GatewayError('internal');
      if (reply.outcome === 'refused') throw taking.refuse(ask, reply);
      await this.#seed(ask.limiter, request);
    }
    throw new GatewayError('unavailable', 'The limits of this API key cannot be checked right now.', {
      retryAfterSeconds,
    });
  }

  /** Draws, while other calls of this key wait for it. Undefined where Redis does not answer. */
  async #drawForAll(
    request: AdmissionRequest,
    quota: TenantQuota,
    asks: readonly Ask[],
  ): Promise<DrawReply | undefined> {
    const drawing: Drawing = { untilMs: this.#options.now() + longestDrawMs, answered: undefined };
    quota.drawing.set(request.keyId, drawing);
    const drawn = this.#draw(request, quota, asks).catch((error: unknown) => {
      this.#options.logger.warn('limits cannot be counted in Redis', { cause: errorName(error) });
      return undefined;
    });
    // It goes on though the client leaves, for those who wait.
    request.waitUntil(drawn);
    const reply = await drawn;
    if (quota.drawing.get(request.keyId) === drawing) quota.drawing.delete(request.keyId);
    drawing.answered = reply !== undefined;
    return reply;
  }

  #admitted(request: AdmissionRequest, quota: TenantQuota, taking: Taking): Reservation {
    const flushSoon = () => this.#flusher.flushSoon(quota, request.waitUntil);
    flushSoon();
    let settled = false;
    // The slots of a long call have to be told of for as long as it lasts, whoever else comes and goes.
    let stopKeeping = () => {};
    const keepSlots = () => {
      stopKeeping = after(keepSlotsEveryMs, () => {
        flushSoon();
        keepSlots();
      });
    };
    if (quota.hasSlots) keepSlots();
    return {
      settle: (spent) => {
        if (settled) return;
        settled = true;
        stopKeeping();
        taking.settle(spent);
        flushSoon();
      },
    };
  }

  async #draw(request: AdmissionRequest, quota: TenantQuota, asks: readonly Ask[]): Promise<DrawReply> {
    const { tenantId, keyId } = request;
    const id = newId('lease');
    const startedAtMs = this.#options.now();
    const day = dayOf(request.nowMs);
    const budgetKeys = asks.flatMap(({ limiter }) => (isBudget(limiter) ? [counterKey(tenantId, limiter, day)] : []));
    const holdOf = (amount: number, expiresAtMs: number) =>
      quota.addHold(new Hold({ id, tenantId, day, budgetKeys, amount, expiresAtMs }));
    const take = (reply: DrawReply) => {
      let money = 0;
      for (const [place, { limiter }] of asks.entries()) {
        const { granted = 0, free = 0, freesAtMs = -1 } = reply.limits[place] ?? {};
        const state = quota.of(limiter);
        state.known = { free, freesInMs: freesAtMs < 0 ? undefined : freesAtMs - reply.nowMs, atMs: startedAtMs };
        // From the question on, not the answer: no isolate spends longer than Redis thinks.
        const expiresAtMs = startedAtMs + leaseMs;
        if (isBudget(limiter)) money = granted;
        else if (limiter.kind === 'concurrency') state.slots.add(id, granted, { expiresAtMs, nowMs: startedAtMs });
        else state.quota.add(Math.floor(reply.nowMs / 1000), granted, expiresAtMs);
      }
      if (money > 0) holdOf(money, startedAtMs + leaseMs);
      return reply;
    };
    // Whatever becomes of a draw that nobody waits for any more, what it has brought is handed back. Should nobody learn
    // of it, a hold that it may have made is ended.
    const late = (answer: Promise<DrawReply>) => {
      const end = () => void (budgetKeys.length > 0 && holdOf(0, 0));
      request.waitUntil(answer.then(take, end).then(() => this.#flusher.flushSoon(quota, request.waitUntil)));
    };
    return take(await this.#options.counters.draw({ id, tenantId, keyId, day, asks }, late));
  }

  /** Rates are counted here alone, if that is wanted; money never is. */
  #withoutRedis({ nowMs }: AdmissionRequest, taking: Taking): Reservation {
    const needs = taking.needs();
    const budgeted = needs.some(({ limiter }) => isBudget(limiter));
    if (budgeted || this.#options.onFailure === 'refuse') {
      const what = budgeted ? 'The budget' : 'The limits';
      throw new GatewayError('unavailable', `${what} of this API key cannot be checked right now.`, {
        retryAfterSeconds,
      });
    }
    return { settle: this.#local.admit(needs, nowMs) };
  }

  /** Gives a budget its number from the ledger: it is new, or Redis has forgotten it. */
  async #seed(limiter: Limiter, { tenantId, nowMs }: AdmissionRequest): Promise<void> {
    const day = dayOf(nowMs);
    const daily = limiter.kind === 'daily_budget';
    const since = new Date(daily ? day : `${day.slice(0, 7)}-01`);
    try {
      const charged = await this.#options.chargedSince(limiter, tenantId, since);
      const key = counterKey(tenantId, limiter, day);
      await this.#options.counters.seed(key, charged, daily ? dayLifeSeconds : monthLifeSeconds);
    } catch (cause) {
      throw new GatewayError('unavailable', 'The budget of this API key cannot be checked right now.', {
        cause,
        retryAfterSeconds,
      });
    }
  }

  #quotaOf(tenantId: string): TenantQuota {
    const known = this.#tenants.get(tenantId);
    if (known) return known;
    for (const [id, quota] of this.#tenants) {
      if (this.#tenants.size < mostTenants) break;
      if (!quota.open) this.#tenants.delete(id);
    }
    const quota = new TenantQuota(tenantId);
    this.#tenants.set(tenantId, quota);
    return quota;
  }
}

const keepSlotsEveryMs = 5_000;

/** The day of a time, UTC: `2026-11-24`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
