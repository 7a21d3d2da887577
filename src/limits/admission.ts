import { GatewayError } from '../domain/errors.ts';
import { untilSo } from '../lib/poll-until.ts';
import { Taking } from './admission-attempt.ts';
import { Draws, type DrawsOptions, longestDrawMs, retryAfterSeconds } from './lease-client.ts';
import { isBudget, limitersOf } from './limit-rules.ts';
import { LocalLimiter } from './local-limiter.ts';
import { Flusher, type Rows } from './settlement-worker.ts';
import { TenantQuota } from './tenant-leases.ts';
import type { AdmissionRequest, Reservation, Spent } from './types.ts';

interface AdmissionOptions extends DrawsOptions {
  /** What calls have cost is settled in Redis once their rows are sent. Absent: at once. */
  readonly rows?: Rows | undefined;
  /** Whether rates are counted in each isolate alone while Redis does not answer, or calls are refused. */
  readonly onFailure: 'local' | 'refuse';
}

const unlimited: Reservation = { settle: () => undefined };
/** Each budget may have to be given its number before a draw succeeds. */
const mostDraws = 6;
const mostTenants = 10_000;

/** Lets calls in, within the limits of their key and their tenant. One for each isolate. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #tenants = new Map<string, TenantQuota>();
  readonly #local = new LocalLimiter();
  readonly #flusher: Flusher;
  readonly #draws: Draws;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#flusher = new Flusher(options);
    this.#draws = new Draws(options, this.#flusher);
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
    } catch (refusal) {
      taking.putBack();
      // It may have been refused for what this isolate knows better and could not tell.
      if (quota.open) this.#flusher.flushSoon(quota, request.waitUntil);
      throw refusal;
    } finally {
      request.noteStatus?.(taking.status());
    }
  }

  /** Tells Redis what has come of all that was drawn and that no call tells of any more. */
  async flush(): Promise<void> {
    const work: Promise<unknown>[] = [];
    for (const quota of this.#tenants.values())
      if (quota.open) this.#flusher.flushSoon(quota, (flushed) => void work.push(flushed));
    await Promise.all(work);
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
      const reply = await this.#draws.make(request, quota, asks);
      if (reply?.outcome === 'ok') continue;
      // Other keys of the tenant may have drawn meanwhile: what this isolate has is not refused.
      if (reply?.outcome === 'refused' && taking.takeMore()) continue;
      taking.putBack();
      if (!reply) return this.#withoutRedis(request, taking);
      const ask = asks[reply.index];
      if (!ask) throw new GatewayError('internal');
      if (reply.outcome === 'refused') throw taking.refuse(ask, reply);
      await this.#draws.seed(ask.limiter, request);
    }
    throw new GatewayError('unavailable', 'The limits of this API key cannot be checked right now.', {
      retryAfterSeconds,
    });
  }

  #admitted(request: AdmissionRequest, quota: TenantQuota, taking: Taking): Reservation {
    const flushSoon = () => this.#flusher.flushSoon(quota, request.waitUntil);
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
