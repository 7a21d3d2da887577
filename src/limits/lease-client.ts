import { GatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { LimitRule } from '../domain/limits.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { BudgetHold } from './budget-hold.ts';
import { isBudget } from './limit-rules.ts';
import {
  counterKey,
  dayOf,
  type LeaseReply,
  type LeaseRequest,
  monthOf,
  type RedisCounters,
} from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import type { SettlementWorker } from './settlement-worker.ts';
import type { PendingAcquisition, TenantLeases } from './tenant-leases.ts';
import type { AdmissionRequest } from './types.ts';

export interface LeaseClientOptions {
  readonly counters: RedisCounters;
  /** What has been charged to a key or a tenant since a time, by the ledger. */
  readonly chargedSince: (rule: LimitRule, tenantId: string, since: Date) => Promise<bigint>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** For whom is drawn. */
type LeaseHolder = Pick<AdmissionRequest, 'tenantId' | 'keyId' | 'nowMs' | 'waitUntil'>;

/** A draw that its sender has given up may be done so much later. */
const maxLateMs = 30_000;
const leaseMs = leaseSeconds * 1000;
/** A draw that is under way for longer has died with its request. */
export const maxAcquisitionMs = 2_500;
/** Where limits cannot be checked. */
export const retryAfterSeconds = 5;

/** Draws from Redis what calls need and this isolate does not have, and enters it in the tenant's quota. */
export class LeaseClient {
  readonly #options: LeaseClientOptions;
  readonly #flusher: SettlementWorker;

  constructor(options: LeaseClientOptions, flusher: SettlementWorker) {
    this.#options = options;
    this.#flusher = flusher;
  }

  /** Draws, while other calls of this key wait for it. Undefined where Redis does not answer. */
  async acquireLease(
    request: LeaseHolder,
    quota: TenantLeases,
    asks: readonly LeaseRequest[],
  ): Promise<LeaseReply | undefined> {
    const drawing: PendingAcquisition = { untilMs: this.#options.now() + maxAcquisitionMs, answered: undefined };
    quota.pendingAcquisitions.set(request.keyId, drawing);
    const drawn = this.#draw(request, quota, asks).catch((error: unknown) => {
      this.#options.logger.warn('limits cannot be counted in Redis', { cause: errorName(error) });
      return undefined;
    });
    // It goes on though the client leaves, for those who wait.
    request.waitUntil(drawn);
    const reply = await drawn;
    if (quota.pendingAcquisitions.get(request.keyId) === drawing) quota.pendingAcquisitions.delete(request.keyId);
    drawing.answered = reply !== undefined;
    return reply;
  }

  async #draw(request: LeaseHolder, quota: TenantLeases, asks: readonly LeaseRequest[]): Promise<LeaseReply> {
    const { tenantId, keyId } = request;
    const id = newId('lease');
    const startedAtMs = this.#options.now();
    const day = dayOf(request.nowMs);
    const budgetKeys = asks.flatMap(({ rule }) => (isBudget(rule) ? [counterKey(tenantId, rule, day)] : []));
    const hold = { id, tenantId, day, budgetKeys };
    const take = (reply: LeaseReply) => {
      let money = 0;
      for (const [index, { rule }] of asks.entries()) {
        const { granted = 0, free = 0, freesAtMs = -1 } = reply.limits[index] ?? {};
        const state = quota.getState(rule);
        state.known = { free, freesInMs: freesAtMs < 0 ? undefined : freesAtMs - reply.nowMs, atMs: startedAtMs };
        // From the question on, not the answer: no isolate spends longer than Redis thinks.
        const expiresAtMs = startedAtMs + leaseMs;
        if (isBudget(rule)) money = granted;
        else if (rule.kind === 'concurrency')
          state.concurrencyLease.add(id, granted, { expiresAtMs, nowMs: startedAtMs });
        else state.rateLease.add(Math.floor(reply.nowMs / 1000), granted, expiresAtMs);
      }
      if (money > 0) quota.addHold(new BudgetHold({ ...hold, amount: money, expiresAtMs: startedAtMs + leaseMs }));
      return reply;
    };
    // Whatever becomes of a draw that nobody waits for any more, what it has brought is handed back. Should nobody learn
    // of it, a hold that it may have made, or makes yet, is ended.
    const late = (answer: Promise<LeaseReply>) => {
      const end = () => {
        if (budgetKeys.length > 0)
          quota.addHold(BudgetHold.lost({ ...hold, untilMs: this.#options.now() + maxLateMs }));
      };
      request.waitUntil(answer.then(take, end).then(() => this.#flusher.start(quota, request.waitUntil)));
    };
    return take(await this.#options.counters.acquire({ id, tenantId, keyId, day, asks }, late));
  }

  /** Gives a budget its number from the ledger: it is new, or Redis has forgotten it. */
  async seed(rule: LimitRule, { tenantId, keyId, nowMs }: LeaseHolder): Promise<void> {
    const day = dayOf(nowMs);
    const since = new Date(rule.kind === 'daily_budget' ? day : `${monthOf(day)}-01`);
    try {
      const charged = await this.#options.chargedSince(rule, tenantId, since);
      await this.#options.counters.seedBudget(rule, { tenantId, keyId, day, charged });
    } catch (cause) {
      throw new GatewayError('unavailable', 'The budget of this API key cannot be checked right now.', {
        cause,
        retryAfterSeconds,
      });
    }
  }
}
