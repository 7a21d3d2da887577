import { GatewayError } from '../domain/errors.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { pollUntil } from '../lib/poll-until.ts';
import { AdmissionAttempt } from './admission-attempt.ts';
import { LeaseClient, type LeaseClientOptions, maxAcquisitionMs, retryAfterSeconds } from './lease-client.ts';
import { getLimitRules, isBudget } from './limit-rules.ts';
import { LocalLimiter } from './local-limiter.ts';
import { type LedgerRows, SettlementWorker } from './settlement-worker.ts';
import { TenantLeases } from './tenant-leases.ts';
import type { AdmissionRequest, Reservation, Spent } from './types.ts';

interface AdmissionOptions extends LeaseClientOptions {
  /** What calls have cost is settled in Redis once their rows are sent. Absent: at once. */
  readonly rows?: LedgerRows | undefined;
  /** Whether rates are counted in each isolate alone while Redis does not answer, or calls are refused. */
  readonly onFailure: 'local' | 'refuse';
}

const unlimited: Reservation = { settle: () => undefined };
/** Each budget may have to be given its number before a draw succeeds. */
const maxDraws = 6;
const maxTenants = 10_000;

/** Lets calls in, within the limits of their key and their tenant. One for each isolate. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #tenants = new BoundedMap<string, TenantLeases>({
    maxSize: maxTenants,
    evicts: 'least-recently-set',
    canEvict: ({ hasUnsettled }) => !hasUnsettled,
  });
  readonly #local = new LocalLimiter();
  readonly #flusher: SettlementWorker;
  readonly #draws: LeaseClient;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#flusher = new SettlementWorker(options);
    this.#draws = new LeaseClient(options, this.#flusher);
  }

  /**
   * Makes a place for a call, from what this isolate has drawn or by one round trip to Redis. Throws `rate_limited` or
   * `budget_exceeded`, which say which limit it is and when it frees, and `unavailable` where money cannot be counted.
   */
  async admit(request: AdmissionRequest): Promise<Reservation> {
    const rules = getLimitRules(request, { key: request.keyLimits, tenant: request.tenantLimits });
    if (rules.length === 0) return unlimited;
    const quota = this.#quotaOf(request.tenantId);
    const taking = new AdmissionAttempt(request, rules, quota, this.#options.now);
    try {
      return await this.#letIn(request, quota, taking);
    } catch (refusal) {
      taking.release();
      // It may have been refused for what this isolate knows better and could not tell.
      if (quota.hasUnsettled) this.#flusher.start(quota, request.waitUntil);
      throw refusal;
    } finally {
      request.noteStatus?.(taking.status());
    }
  }

  /** Tells Redis what has come of all that was drawn and that no call tells of any more. */
  async flush(): Promise<void> {
    const work: Promise<unknown>[] = [];
    for (const quota of this.#tenants.values())
      if (quota.hasUnsettled) this.#flusher.start(quota, (flushed) => void work.push(flushed));
    await Promise.all(work);
  }

  async #letIn(request: AdmissionRequest, quota: TenantLeases, taking: AdmissionAttempt): Promise<Reservation> {
    for (let draw = 0; draw < maxDraws; ) {
      taking.takeLeased();
      const asks = taking.shortfalls();
      if (asks.length === 0) return this.#admitted(request, quota, taking);
      taking.throwIfRecentlyDenied(asks);
      const other = quota.pendingAcquisitions.get(request.keyId);
      if (other && this.#options.now() < other.untilMs) {
        const withdraw = taking.registerDemand(asks);
        // Of a draw that has died with its request nothing is heard any more: this call makes its own.
        await pollUntil(() => other.answered !== undefined || this.#options.now() >= other.untilMs, maxAcquisitionMs);
        // From here to the next draw nothing is awaited: those who wake after this call are still announced to it.
        withdraw();
        if (other.answered !== false) continue;
        // Once one has failed, the next is not waited for as well.
        taking.release();
        return this.#withoutRedis(request, taking);
      }
      draw += 1;
      const reply = await this.#draws.acquireLease(request, quota, asks);
      if (reply?.outcome === 'ok') continue;
      // Other keys of the tenant may have drawn meanwhile: what this isolate has is not refused.
      if (reply?.outcome === 'refused' && taking.takeMore()) continue;
      taking.release();
      if (!reply) return this.#withoutRedis(request, taking);
      const ask = asks[reply.index];
      if (!ask) throw new GatewayError('internal');
      if (reply.outcome === 'refused') throw taking.recordDenial(ask, reply);
      await this.#draws.seed(ask.rule, request);
    }
    throw new GatewayError('unavailable', 'The limits of this API key cannot be checked right now.', {
      retryAfterSeconds,
    });
  }

  #admitted(request: AdmissionRequest, quota: TenantLeases, taking: AdmissionAttempt): Reservation {
    const flushSoon = () => this.#flusher.start(quota, request.waitUntil);
    flushSoon();
    let settled = false;
    const settle = (spent: Spent) => {
      if (settled) return;
      settled = true;
      taking.settle(spent);
      flushSoon();
    };
    // The slots and the money of a long call have to be told of for as long as it lasts, whoever else comes and goes.
    return { settle, keep: flushSoon };
  }

  /** Rates are counted here alone, if that is wanted; money never is. */
  #withoutRedis({ nowMs }: AdmissionRequest, taking: AdmissionAttempt): Reservation {
    const needs = taking.requirements();
    const budgeted = needs.some(({ rule }) => isBudget(rule));
    if (budgeted || this.#options.onFailure === 'refuse') {
      const what = budgeted ? 'The budget' : 'The limits';
      throw new GatewayError('unavailable', `${what} of this API key cannot be checked right now.`, {
        retryAfterSeconds,
      });
    }
    return { settle: this.#local.admit(needs, nowMs) };
  }

  #quotaOf(tenantId: string): TenantLeases {
    const known = this.#tenants.get(tenantId);
    if (known) return known;
    const quota = new TenantLeases(tenantId);
    this.#tenants.set(tenantId, quota);
    return quota;
  }
}
