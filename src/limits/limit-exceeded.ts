import { GatewayError } from '../domain/errors.ts';
import type { LimitRule } from '../domain/limits.ts';
import { isBudget } from './limit-rules.ts';

/** What is known of a limit when a call is refused by it. */
export interface ExceededLimit {
  readonly rule: LimitRule;
  readonly need: number;
  readonly free: number;
  /** Milliseconds until as much as was needed is free; undefined: it never is, as things stand. */
  readonly freesInMs: number | undefined;
  /** Whether what is missing of a budget is held by calls that are under way, and may come back. */
  readonly held: boolean;
}

/** The error for a call that a limit refuses: it says which limit, how much is left, and when it frees. */
export function limitExceededError({ rule, need, free, freesInMs, held }: ExceededLimit): GatewayError {
  const { kind, scope, limit } = rule;
  const of = `of this ${scope === 'key' ? 'API key' : 'tenant'}`;
  const remaining = Math.max(0, free);
  if (need > limit) {
    const message = `${what(kind, need)} would be needed at most, and the limit ${of} is ${amount(kind, limit)}: lower maxTokens.`;
    return new GatewayError(isBudget(rule) ? 'budget_exceeded' : 'rate_limited', message, { retryable: false });
  }
  const seconds = Math.max(1, Math.ceil((freesInMs ?? 1000) / 1000));
  if (isBudget(rule)) {
    const period = kind === 'daily_budget' ? 'daily' : 'monthly';
    const when = held
      ? `Calls that are under way hold what is missing: try again in ${seconds} s.`
      : `It begins anew in ${seconds} s.`;
    return new GatewayError(
      'budget_exceeded',
      `The ${period} budget ${of} is ${amount(kind, limit)}; ${amount(kind, remaining)} of it is left, and this call may cost ${amount(kind, need)}. ${when}`,
      { retryAfterSeconds: seconds, retryable: held },
    );
  }
  const message =
    kind === 'concurrency'
      ? `The limit ${of} is ${limit} calls at once, and all are under way.`
      : `The limit ${of} is ${limit} ${kind} a minute; ${remaining} are left, and this call needs ${need}. Try again in ${seconds} s.`;
  return new GatewayError('rate_limited', message, { retryAfterSeconds: seconds });
}

function what(kind: LimitRule['kind'], value: number): string {
  return isBudget({ kind }) ? amount(kind, value) : `${value} ${kind}`;
}

function amount(kind: LimitRule['kind'], value: number): string {
  return isBudget({ kind }) ? `$${(value / 1e9).toFixed(9).replace(/0{1,7}$/, '')}` : String(value);
}
