import { GatewayError } from '../domain/errors.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { pollUntil } from '../lib/poll-until.ts';
import { AdmissionAttempt } from './admission-attempt.ts';
import { LeaseClient, type LeaseClientOptions, maxAcquisitionMs, retryAfterSeconds } from './lease-client.ts';
import { getLimitRules, isBudget } from './limit-rules.ts';
import { EndUserStates } from './limit-state.ts';
import { LocalLimiter } from './local-limiter.ts';
import { type LedgerRows, SettlementWorker } from './settlement-worker.ts';
import { TenantLeases } from './tenant-leases.ts';
import type { ActualUsage, AdmissionRequest, Reservation } from './types.ts';

interface AdmissionOptions extends LeaseClientOptions {
  /** The cost of requests is settled in Redis once their rows are sent. Absent: at once. */
  readonly rows?: LedgerRows | undefined;
  /** Whether each isolate enforces rates alone while Redis does not answer, or denies requests. */
  readonly onFailure: 'local' | 'refuse';
}

const noUsage = { tokens: 0, costNanoUsd: 0n };
const unlimited: Reservation = { settle: () => undefined, limits: [] };
/** Each budget may need its counter before an acquisition succeeds. */
const maxAcquisitions = { withoutEndUser: 8, withEndUser: 16 };
/** How long a request waits until lost counters can be created, in one go. */
const maxRecoveryWaitMs = 5_000;
const maxTenants = 10_000;

/** Admits requests within the limits of their key, their tenant and their end user. There is one instance for each isolate. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #tenants = new BoundedMap<string, TenantLeases>({
    maxSize: maxTenants,
    evicts: 'least-recently-set',
    canEvict: ({ hasUnsettled }) => !hasUnsettled,
  });
  readonly #endUsers = new EndUserStates();
  readonly #localLimiter = new LocalLimiter();
  readonly #settlementWorker: SettlementWorker;
  readonly #leaseClient: LeaseClient;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#settlementWorker = new SettlementWorker(options);
    this.#leaseClient = new LeaseClient(options, this.#settlementWorker);
  }

  /**
   * Admits a request, from the leases of this isolate or after one round trip to Redis. Throws `rate_limited` or
   * `budget_exceeded`, which name the limit and when it frees, and `unavailable` if the limits cannot be checked. These errors
   * report the state of the limits.
   */
  async admit(request: AdmissionRequest): Promise<Reservation> {
    const { keyLimits: key, tenantLimits: tenant } = request;
    const { keyEndUserLimits: keyEndUser, tenantEndUserLimits: tenantEndUser } = request;
    const rules = getLimitRules(request, { key, tenant, keyEndUser, tenantEndUser });
    if (rules.length === 0) return unlimited;
    const needsEstimate = rules.some(({ kind }) => kind === 'tokens' || isBudget({ kind }));
    const estimate = needsEstimate ? request.estimate() : noUsage;
    const maxUsage = estimate instanceof Promise ? await estimate : estimate;
    const leases = this.#getLeases(request.tenantId);
    const attempt = new AdmissionAttempt(request, maxUsage, rules, leases, this.#options.now);
    try {
      return await this.#admitWithinLimits(request, leases, attempt);
    } catch (error) {
      attempt.release();
      // The denial may be due to changes that Redis has not received yet.
      if (leases.hasUnsettled) this.#settlementWorker.start(leases, request.waitUntil);
      if (error instanceof GatewayError) error.addReport({ limits: attempt.status() });
      throw error;
    }
  }

  /** Settles with Redis the leases that no request in progress settles any more. */
  async flush(): Promise<void> {
    const work: Promise<unknown>[] = [];
    for (const leases of this.#tenants.values())
      if (leases.hasUnsettled) this.#settlementWorker.start(leases, (settlement) => void work.push(settlement));
    await Promise.all(work);
  }

  async #admitWithinLimits(
    request: AdmissionRequest,
    leases: TenantLeases,
    attempt: AdmissionAttempt,
  ): Promise<Reservation> {
    let mayBeLocal = this.#options.onFailure === 'local' && !attempt.hasBudget;
    const max = attempt.hasEndUser ? maxAcquisitions.withEndUser : maxAcquisitions.withoutEndUser;
    for (let acquisitions = 0; acquisitions < max; ) {
      attempt.reserveFromLeases();
      const shortfalls = attempt.shortfalls();
      if (shortfalls.length === 0) return this.#createReservation(request, leases, attempt);
      attempt.throwIfRecentlyDenied(shortfalls);
      if (attempt.hasBudget && this.#options.now() < leases.recoversUntilMs) {
        attempt.release();
        await pollUntil(() => this.#options.now() >= leases.recoversUntilMs, maxRecoveryWaitMs);
        acquisitions += 1;
        continue;
      }
      const pendingKey = attempt.nameAcquisition(request.keyId, shortfalls);
      const pending = leases.pendingAcquisitions.get(pendingKey);
      const isExpired = () => pending === undefined || this.#options.now() >= pending.expiresAtMs;
      if (pending && !isExpired()) {
        const withdrawDemand = attempt.registerDemand(shortfalls);
        // An acquisition that has ended with its request never gets a reply: this request then makes its own.
        await pollUntil(
          () => pending.hasReply !== undefined || (mayBeLocal && pending.isLate) || isExpired(),
          maxAcquisitionMs,
        );
        // Nothing is awaited from here to the next acquisition: it includes the demand of requests that wake up later.
        withdrawDemand();
        // After one acquisition has failed, the request does not wait for the next one.
        if (pending.hasReply === false) return this.#admitLocally(request, attempt);
        if (pending.hasReply === undefined && pending.isLate && mayBeLocal) {
          mayBeLocal = false;
          const reservation = this.#tryLocally(request, attempt);
          if (reservation) return reservation;
        }
        continue;
      }
      acquisitions += 1;
      const options = { untilLate: mayBeLocal, pendingKey };
      const reply = await this.#leaseClient.acquireLease(request, leases, shortfalls, options);
      if (reply === 'late') {
        mayBeLocal = false;
        const reservation = this.#tryLocally(request, attempt);
        if (reservation) return reservation;
        continue;
      }
      // An end user without counters of its own asks again with those that it shares, unless it has a lease of them.
      if (reply?.outcome === 'ok' || reply?.isShared) continue;
      // Other keys of the tenant may have acquired leases since: what this isolate has is not denied.
      if (reply?.outcome === 'refused' && attempt.reserveMore()) continue;
      const denial = reply?.outcome === 'refused' ? attempt.recordDenial(shortfalls, reply) : undefined;
      if (!reply) return this.#admitLocally(request, attempt);
      attempt.release();
      if (denial) throw denial;
      if (reply.outcome === 'unmarked') {
        await this.#leaseClient.setMarkers(shortfalls, request, leases);
        continue;
      }
      const decisive = shortfalls[reply.index];
      if (!decisive) throw new GatewayError('internal');
      await this.#leaseClient.seedBudget(decisive.rule, request, leases);
    }
    throw new GatewayError('unavailable', 'The limits of this API key cannot be checked right now.', {
      retryAfterSeconds,
    });
  }

  #createReservation(request: AdmissionRequest, leases: TenantLeases, attempt: AdmissionAttempt): Reservation {
    const startSettlement = () => this.#settlementWorker.start(leases, request.waitUntil);
    attempt.begin();
    startSettlement();
    let isSettled = false;
    const settle = (usage: ActualUsage) => {
      if (isSettled) return;
      isSettled = true;
      attempt.settle(usage);
      startSettlement();
    };
    // Redis has to receive updates of the slots and the money of a long request for as long as it lasts.
    return { settle, keepAlive: startSettlement, limits: attempt.status() };
  }

  /** Admits a request without Redis if rates may be counted locally. A request with a budget is never admitted. */
  #admitLocally({ startedAtMs }: AdmissionRequest, attempt: AdmissionAttempt): Reservation {
    attempt.release();
    if (attempt.hasBudget || this.#options.onFailure === 'refuse') {
      const subject = attempt.hasBudget ? 'The budget' : 'The limits';
      throw new GatewayError('unavailable', `${subject} of this API key cannot be checked right now.`, {
        retryAfterSeconds,
      });
    }
    return { settle: this.#localLimiter.admit(attempt.requirements(), startedAtMs), limits: attempt.status() };
  }

  /** Admits a request without a late Redis. Returns undefined if its local share of a limit is used up: it waits for Redis then. */
  #tryLocally(request: AdmissionRequest, attempt: AdmissionAttempt): Reservation | undefined {
    try {
      return this.#admitLocally(request, attempt);
    } catch {
      return undefined;
    }
  }

  #getLeases(tenantId: string): TenantLeases {
    const existing = this.#tenants.get(tenantId);
    if (existing) return existing;
    const leases = new TenantLeases(tenantId, this.#endUsers);
    this.#tenants.set(tenantId, leases);
    return leases;
  }
}
