import { GatewayError } from '../domain/errors.ts';
import type { LimitRule } from '../domain/limits.ts';
import { isBudget } from './limit-rules.ts';

/** The state of a limit when it denies a request. */
export interface ExceededLimit {
  readonly rule: LimitRule;
  /** What the request needs of the limit, in its unit. */
  readonly requested: number;
  /** What is free of the limit, in its unit. It may be negative. */
  readonly free: number;
  /** Milliseconds until the requested amount may be free. Undefined if that is unknown or never. */
  readonly freesInMs: number | undefined;
  /** Whether requests in progress hold the missing part of a budget, so that it may come back. */
  readonly isHeldByOthers: boolean;
  /** Whether the amount may well be free sooner. Absent: only slots may, because a request in progress can end at any time. */
  readonly mayFreeSooner?: boolean;
  /** How a client makes its request smaller: `lower max_tokens`. Absent: `lower maxTokens`. */
  readonly reductionHint?: string | undefined;
}

/**
 * Creates the error for a request that a limit denies: `rate_limited` or `budget_exceeded`. The message names the limit, what
 * remains of it and when more is free. A request that is larger than its limit gets an error that is not retryable, and so does one
 * whose budget is spent: a retry helps only in the next period. `retry-after` is at least a second.
 */
export function limitExceededError(exceeded: ExceededLimit): GatewayError {
  const { rule, requested, free, freesInMs, isHeldByOthers, mayFreeSooner } = exceeded;
  const { reductionHint = 'lower maxTokens' } = exceeded;
  const { kind, limit } = rule;
  const of = describeOwner(rule);
  const remaining = Math.max(0, free);
  if (requested > limit) {
    const message = `${formatQuantity(kind, requested)} would be needed at most, and the limit ${of} is ${formatAmount(kind, limit)}: ${reductionHint}.`;
    return new GatewayError(isBudget(rule) ? 'budget_exceeded' : 'rate_limited', message, { retryable: false });
  }
  const seconds = Math.max(1, Math.ceil((freesInMs ?? 1000) / 1000));
  if (isBudget(rule)) {
    const period = kind === 'daily_budget' ? 'daily' : 'monthly';
    const when = isHeldByOthers
      ? `Calls that are under way hold what is missing: try again in ${seconds} s.`
      : `It resets in ${seconds} s.`;
    return new GatewayError(
      'budget_exceeded',
      `The ${period} budget ${of} is ${formatAmount(kind, limit)}; ${formatAmount(kind, remaining)} of it is left, and this call may cost ${formatAmount(kind, requested)}. ${when}`,
      { retryAfterSeconds: seconds, retryable: isHeldByOthers },
    );
  }
  const message =
    kind === 'concurrency'
      ? `The limit ${of} is ${limit} calls at once, and all are under way.`
      : `The limit ${of} is ${limit} ${kind} a minute; ${remaining} are left, and this call needs ${requested}. Try again in ${seconds} s.`;
  return new GatewayError('rate_limited', message, {
    retryAfterSeconds: seconds,
    mayPassSooner: mayFreeSooner ?? kind === 'concurrency',
  });
}

/** Longer ids of end users are cut in messages. */
const maxNameLength = 64;

function describeOwner({ scope, endUser }: LimitRule): string {
  if (!endUser) return `of this ${scope === 'key' ? 'API key' : 'tenant'}`;
  const { name, owner, isShared } = endUser;
  const by = owner === 'key' ? ' of this API key' : '';
  if (name === null) return `of requests without an end user${by}`;
  const cut = name.length > maxNameLength ? `${name.slice(0, maxNameLength).toWellFormed()}…` : name;
  const shared = isShared ? ', which it shares with other new ones,' : '';
  return `of end user "${cut}"${by}${shared}`;
}

function formatQuantity(kind: LimitRule['kind'], value: number): string {
  return isBudget({ kind }) ? formatAmount(kind, value) : `${value} ${kind}`;
}

/** Formats nano-dollars as dollars with two to nine decimal places, and other amounts as they are. */
function formatAmount(kind: LimitRule['kind'], value: number): string {
  return isBudget({ kind }) ? `$${(value / 1e9).toFixed(9).replace(/0{1,7}$/, '')}` : String(value);
}
