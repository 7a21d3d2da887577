import { GatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { Hold } from './budget-hold.ts';
import { isBudget, type Limiter } from './limit-rules.ts';
import { type Ask, type Counters, counterKey, type DrawReply, dayOf, monthOf } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import type { Flusher } from './settlement-worker.ts';
import type { Drawing, TenantQuota } from './tenant-leases.ts';
import type { AdmissionRequest } from './types.ts';

export interface DrawsOptions {
  readonly counters: Counters;
  /** What has been charged to a key or a tenant since a time, by the ledger. */
  readonly chargedSince: (limiter: Limiter, tenantId: string, since: Date) => Promise<bigint>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** For whom is drawn. */
type Drawer = Pick<AdmissionRequest, 'tenantId' | 'keyId' | 'nowMs' | 'waitUntil'>;

/** A draw that its sender has given up may be done so much later. */
const longestLateMs = 30_000;
const leaseMs = leaseSeconds * 1000;
/** A draw that is under way for longer has died with its request. */
export const longestDrawMs = 2_500;
/** Where limits cannot be checked. */
export const retryAfterSeconds = 5;

/** Draws from Redis what calls need and this isolate does not have, and enters it in the tenant's quota. */
export class Draws {
  readonly #options: DrawsOptions;
  readonly #flusher: Flusher;

  constructor(options: DrawsOptions, flusher: Flusher) {
    this.#options = options;
    this.#flusher = flusher;
  }

  /** Draws, while other calls of this key wait for it. Undefined where Redis does not answer. */
  async make(request: Drawer, quota: TenantQuota, asks: readonly Ask[]): Promise<DrawReply | undefined> {
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

  async #draw(request: Drawer, quota: TenantQuota, asks: readonly Ask[]): Promise<DrawReply> {
    const { tenantId, keyId } = request;
    const id = newId('lease');
    const startedAtMs = this.#options.now();
    const day = dayOf(request.nowMs);
    const budgetKeys = asks.flatMap(({ limiter }) => (isBudget(limiter) ? [counterKey(tenantId, limiter, day)] : []));
    const hold = { id, tenantId, day, budgetKeys };
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
      if (money > 0) quota.addHold(new Hold({ ...hold, amount: money, expiresAtMs: startedAtMs + leaseMs }));
      return reply;
    };
    // Whatever becomes of a draw that nobody waits for any more, what it has brought is handed back. Should nobody learn
    // of it, a hold that it may have made, or makes yet, is ended.
    const late = (answer: Promise<DrawReply>) => {
      const end = () => {
        if (budgetKeys.length > 0) quota.addHold(Hold.lost({ ...hold, untilMs: this.#options.now() + longestLateMs }));
      };
      request.waitUntil(answer.then(take, end).then(() => this.#flusher.flushSoon(quota, request.waitUntil)));
    };
    return take(await this.#options.counters.draw({ id, tenantId, keyId, day, asks }, late));
  }

  /** Gives a budget its number from the ledger: it is new, or Redis has forgotten it. */
  async seed(limiter: Limiter, { tenantId, keyId, nowMs }: Drawer): Promise<void> {
    const day = dayOf(nowMs);
    const since = new Date(limiter.kind === 'daily_budget' ? day : `${monthOf(day)}-01`);
    try {
      const charged = await this.#options.chargedSince(limiter, tenantId, since);
      await this.#options.counters.seed(limiter, { tenantId, keyId, day, charged });
    } catch (cause) {
      throw new GatewayError('unavailable', 'The budget of this API key cannot be checked right now.', {
        cause,
        retryAfterSeconds,
      });
    }
  }
}
