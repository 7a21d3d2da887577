import { GatewayError } from '../domain/errors.ts';
import { isBudget, type Limiter } from './limit-rules.ts';

/** What is known of a limit when a call is refused by it. */
export interface RefusedBy {
  readonly limiter: Limiter;
  readonly need: number;
  readonly free: number;
  /** Milliseconds until as much as was needed is free; undefined: it never is, as things stand. */
  readonly freesInMs: number | undefined;
  /** Whether what is missing of a budget is held by calls that are under way, and may come back. */
  readonly held: boolean;
}

/** The error for a call that a limit refuses: it says which limit, how much is left, and when it frees. */
export function refusal({ limiter, need, free, freesInMs, held }: RefusedBy): GatewayError {
  const { kind, scope, limit } = limiter;
  const of = `of this ${scope === 'key' ? 'API key' : 'tenant'}`;
  const left = Math.max(0, free);
  if (need > limit) {
    const message = `${what(kind, need)} would be needed at most, and the limit ${of} is ${amount(kind, limit)}: lower maxTokens.`;
    return new GatewayError(isBudget(limiter) ? 'budget_exceeded' : 'rate_limited', message, { retryable: false });
  }
  const seconds = Math.max(1, Math.ceil((freesInMs ?? 1000) / 1000));
  if (isBudget(limiter)) {
    const period = kind === 'daily_budget' ? 'daily' : 'monthly';
    const when = held
      ? `Calls that are under way hold what is missing: try again in ${seconds} s.`
      : `It begins anew in ${seconds} s.`;
    return new GatewayError(
      'budget_exceeded',
      `The ${period} budget ${of} is ${amount(kind, limit)}; ${amount(kind, left)} of it is left, and this call may cost ${amount(kind, need)}. ${when}`,
      { retryAfterSeconds: seconds, retryable: held },
    );
  }
  const message =
    kind === 'concurrency'
      ? `The limit ${of} is ${limit} calls at once, and all are under way.`
      : `The limit ${of} is ${limit} ${kind} a minute; ${left} are left, and this call needs ${need}. Try again in ${seconds} s.`;
  return new GatewayError('rate_limited', message, { retryAfterSeconds: seconds });
}

function what(kind: Limiter['kind'], value: number): string {
  return isBudget({ kind }) ? amount(kind, value) : `${value} ${kind}`;
}

function amount(kind: Limiter['kind'], value: number): string {
  return isBudget({ kind }) ? `$${(value / 1e9).toFixed(9).replace(/0{1,7}$/, '')}` : String(value);
}
