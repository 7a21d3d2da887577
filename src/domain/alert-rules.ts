import type { ErrorCode } from './errors.ts';

const minuteMs = 60_000;

/** When alerts open and end. docs/guides/operate.md promises these values. */
export const alertRules = {
  /** Attempts that have ended within this time count. */
  windowMs: 5 * minuteMs,
  /** An alert opens if at least so many attempts have ended, and at least this share of them has failed. */
  minAttempts: 20,
  openShare: 0.25,
  /** It ends if at least so many attempts have ended, and a smaller share of them than this has failed. */
  minRecoveryAttempts: 5,
  closeShare: 0.1,
  /** It also ends if no attempt has failed for so long: there is little traffic, or none. */
  quietMs: 15 * minuteMs,
  /** An alert opens at most once within this time, however often its provider fails and recovers. */
  minReopenMs: 15 * minuteMs,
  /**
   * Errors that a tenant's own API key can cause count only if at least so many tenants with a key of their own have them, and at
   * least this share of the provider's tenants with one.
   */
  minByokTenants: 3,
  byokTenantShare: 0.25,
  /** Attempts are looked for among the requests that started so long before the window: at most the time-out of a request. */
  maxAttemptMs: 30 * minuteMs,
  /** Requests of Workers whose clock is ahead. */
  maxClockSkewMs: minuteMs,
} as const;

/** Errors of attempts that are the provider's. */
export const providerFailureCodes = [
  'provider_error',
  'provider_timeout',
  'rate_limited',
] as const satisfies readonly ErrorCode[];

/** Those among them that an API key without rights, quota or rate causes, too: the ledger does not tell them apart. */
export const accountFailureCodes = ['provider_error', 'rate_limited'] as const satisfies readonly ErrorCode[];

/** Errors of jobs that are the gateway's, and have no attempt in the ledger. */
export const gatewayFailureCodes = ['internal', 'unavailable'] as const satisfies readonly ErrorCode[];
