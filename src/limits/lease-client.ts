import { GatewayError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { CountedEndUser, LimitRule } from '../domain/limits.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { pollUntil } from '../lib/poll-until.ts';
import { BudgetHold } from './budget-hold.ts';
import { counterKey, dayOf, markerKey } from './counter-keys.ts';
import { shareCounters } from './end-users.ts';
import { type LedgerCharges, periodBefore } from './ledger-charges.ts';
import { isBudget } from './limit-rules.ts';
import type { BudgetMarker, LeaseReply, LeaseRequest, RedisCounters } from './redis-counters.ts';
import { leaseSeconds } from './redis-scripts.ts';
import type { SettlementWorker } from './settlement-worker.ts';
import type { PendingAcquisition, TenantLeases } from './tenant-leases.ts';
import type { AdmissionRequest } from './types.ts';

/** What acquiring leases depends on. */
export interface LeaseClientOptions {
  readonly counters: RedisCounters;
  readonly ledger: LedgerCharges;
  readonly logger: Logger;
  readonly now: () => number;
}

/** The request for which a lease is acquired. */
type LeaseHolder = Pick<AdmissionRequest, 'tenantId' | 'keyId' | 'startedAtMs' | 'waitUntil'>;

/** How much later Redis may still run an acquisition that has timed out. */
const maxCommandDelayMs = 30_000;
const leaseMs = leaseSeconds * 1000;
/** An acquisition that makes no progress for longer has ended with its request. */
export const maxAcquisitionMs = 2_500;
/**
 * Requests that start before a lost counter has existed for so long are charged by their ledger rows: isolates that have not
 * noticed the loss may have admitted them.
 */
const cutDelaySeconds = 4;
/** The retry delay in errors about limits that cannot be checked. */
export const retryAfterSeconds = 5;

/** Acquires leases from Redis and adds them to the leases of the tenant. */
export class LeaseClient {
  readonly #options: LeaseClientOptions;
  readonly #settlementWorker: SettlementWorker;

  constructor(options: LeaseClientOptions, settlementWorker: SettlementWorker) {
    this.#options = options;
    this.#settlementWorker = settlementWorker;
  }

  /**
   * Acquires leases in one round trip, for which other requests of the same key and end user wait. Returns the reply of Redis, or undefined
   * if Redis does not answer. With `untilLate`, returns `late` if Redis takes long; the acquisition goes on.
   */
  async acquireLease(
    request: LeaseHolder,
    leases: TenantLeases,
    leaseRequests: readonly LeaseRequest[],
    { untilLate, pendingKey }: { readonly untilLate: boolean; readonly pendingKey: string },
  ): Promise<LeaseReply | 'late' | undefined> {
    const { now, logger } = this.#options;
    const pending: PendingAcquisition = { expiresAtMs: now() + maxAcquisitionMs, hasReply: undefined, isLate: false };
    leases.pendingAcquisitions.set(pendingKey, pending);
    const endUserStates = leaseRequests.flatMap(({ rule }) => (rule.endUser ? [leases.getState(rule)] : []));
    for (const state of endUserStates) state.acquisitions += 1;
    const late = Promise.withResolvers<'late'>();
    const onWait = (isLate: boolean) => {
      pending.expiresAtMs = now() + maxAcquisitionMs;
      pending.isLate = isLate;
      if (isLate && untilLate) late.resolve('late');
    };
    const end = (reply: LeaseReply | undefined) => {
      if (leases.pendingAcquisitions.get(pendingKey) === pending) leases.pendingAcquisitions.delete(pendingKey);
      for (const state of endUserStates) state.acquisitions -= 1;
      pending.hasReply = reply !== undefined;
      return reply;
    };
    const acquisition = this.#sendAcquisition(request, leases, leaseRequests, onWait).then(end, (error: unknown) => {
      logger.warn('limits cannot be counted in Redis', { cause: errorName(error) });
      return end(undefined);
    });
    // The acquisition continues after the client disconnects, because other requests wait for it.
    request.waitUntil(acquisition);
    return await (untilLate ? Promise.race([acquisition, late.promise]) : acquisition);
  }

  async #sendAcquisition(
    request: LeaseHolder,
    leases: TenantLeases,
    leaseRequests: readonly LeaseRequest[],
    onWait: (isLate: boolean) => void,
  ): Promise<LeaseReply> {
    const { tenantId, keyId } = request;
    const id = newId('lease');
    const sentAtMs = this.#options.now();
    const day = dayOf(request.startedAtMs);
    const createHoldOptions = (isShared = false) => {
      const budgets = leaseRequests.flatMap(({ rule }) => (isBudget(rule) ? [rule] : []));
      const rules = isShared ? budgets.map(shareCounters) : budgets;
      const budgetKeys = rules.map((rule) => counterKey(tenantId, rule, day));
      return { id, tenantId, keyId, day, rules, budgetKeys };
    };
    const addLeases = (reply: LeaseReply) => {
      let amountNanoUsd = 0;
      for (const [index, { rule: own }] of leaseRequests.entries()) {
        const rule = reply.isShared ? shareCounters(own) : own;
        if (reply.isShared && own.endUser) leases.markShared(own.endUser.subject, sentAtMs);
        const { grantedAmount = 0, freeAmount = 0, freesAtMs = -1 } = reply.limits[index] ?? {};
        const state = leases.getState(rule);
        state.snapshot = { free: freeAmount, freesInMs: freesAtMs < 0 ? undefined : freesAtMs - reply.nowMs };
        // A lease counts from the request, not the reply: no isolate uses it for longer than Redis assumes.
        const expiresAtMs = sentAtMs + leaseMs;
        if (isBudget(rule)) {
          amountNanoUsd = grantedAmount;
          if (own.endUser && grantedAmount > 0) leases.rememberMarker(markerKey(tenantId, own, day));
        } else if (rule.kind === 'concurrency')
          state.concurrencyLease.add(id, grantedAmount, { expiresAtMs, nowMs: sentAtMs });
        else state.rateLease.add(Math.floor(reply.nowMs / 1000), grantedAmount, expiresAtMs);
      }
      if (amountNanoUsd > 0)
        leases.addHold(
          new BudgetHold({ ...createHoldOptions(reply.isShared), amountNanoUsd, expiresAtMs: sentAtMs + leaseMs }),
        );
      return reply;
    };
    // Leases that arrive after the timeout go back to Redis. If no reply arrives at all, a hold that Redis has created, or
    // still creates, is ended.
    const onLateReply = (reply: Promise<LeaseReply>) => {
      const addUnconfirmedHold = () => {
        const hold = createHoldOptions();
        if (hold.budgetKeys.length > 0)
          leases.addHold(BudgetHold.unconfirmed({ ...hold, untilMs: this.#options.now() + maxCommandDelayMs }));
      };
      const settlement = reply
        .then(addLeases, addUnconfirmedHold)
        .then(() => this.#settlementWorker.start(leases, request.waitUntil));
      request.waitUntil(settlement);
    };
    const acquisition = { id, tenantId, keyId, day, requests: leaseRequests };
    return addLeases(await this.#options.counters.acquire(acquisition, { onLateReply, onWait }));
  }

  /**
   * Creates the counter of a budget from the ledger, because the budget is new or Redis has lost it. If Redis has lost it, sends
   * what this isolate has on hold, and waits until the other isolates have done so. Throws `unavailable` if the ledger or Redis
   * does not answer.
   */
  async seedBudget(
    rule: LimitRule,
    { tenantId, keyId, startedAtMs }: LeaseHolder,
    leases: TenantLeases,
  ): Promise<void> {
    const { ledger, counters, now } = this.#options;
    const day = dayOf(startedAtMs);
    const cutSecond = Math.ceil(now() / 1000) + cutDelaySeconds;
    // The ledger may not have the last rows of an end user whose counter is missing: it was lost, or it shared one before.
    const isKnown = rule.endUser !== undefined || leases.knowsBudget(counterKey(tenantId, rule, day));
    try {
      const query = { rule, tenantId, ...periodBefore(rule, day, cutSecond), requestIds: [] };
      const { chargedNanoUsd } = await ledger.sumCharges(query);
      const seed = { tenantId, keyId, day, chargedNanoUsd, cutSecond, isKnown };
      const waitMs = await counters.seedBudget(rule, seed);
      if (waitMs <= 0) return;
      const recoversUntilMs = now() + waitMs;
      leases.recoversUntilMs = Math.max(leases.recoversUntilMs, recoversUntilMs);
      await this.#settlementWorker.recover(leases);
      await pollUntil(() => now() >= recoversUntilMs, waitMs);
    } catch (cause) {
      throw uncheckedBudgetError(cause);
    }
  }

  /**
   * Sets the markers of the budgets of an end user, once in a period: they say whether its missing counters have spent nothing. Throws
   * `unavailable` if the ledger or Redis does not answer.
   */
  async setMarkers(
    leaseRequests: readonly LeaseRequest[],
    { tenantId, startedAtMs }: LeaseHolder,
    leases: TenantLeases,
  ): Promise<void> {
    const { ledger, counters, now } = this.#options;
    if (now() < leases.setsMarkersUntilMs) {
      await pollUntil(() => now() >= leases.setsMarkersUntilMs, maxAcquisitionMs);
      return;
    }
    leases.setsMarkersUntilMs = now() + maxAcquisitionMs;
    const day = dayOf(startedAtMs);
    const createMarker = async (rule: LimitRule, endUser: CountedEndUser): Promise<BudgetMarker> => {
      const period = periodBefore(rule, day, Number.POSITIVE_INFINITY);
      const { hasAny, hasEndUser } = await ledger.findEndUserCharges({ endUser, tenantId, ...period });
      const value = hasAny ? 'n' : '0';
      return { rule, value: hasEndUser ? '1' : value, isKnown: leases.knowsMarker(markerKey(tenantId, rule, day)) };
    };
    try {
      const markers = await Promise.all(
        leaseRequests.flatMap(({ rule }) => (rule.endUser && isBudget(rule) ? [createMarker(rule, rule.endUser)] : [])),
      );
      await counters.setMarkers(tenantId, day, markers);
    } catch (cause) {
      throw uncheckedBudgetError(cause);
    } finally {
      leases.setsMarkersUntilMs = 0;
    }
  }
}

function uncheckedBudgetError(cause: unknown): GatewayError {
  const message = 'The budget of this API key cannot be checked right now.';
  return new GatewayError('unavailable', message, { cause, retryAfterSeconds });
}
