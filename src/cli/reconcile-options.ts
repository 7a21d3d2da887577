import { parseArgs } from 'node:util';
import { StartError } from '../dev/start-error.ts';
import { parseDecimal } from '../domain/money.ts';
import { parseTime } from './parse-time.ts';

/** The options of `npm run reconcile`. */
export interface ReconcileOptions {
  readonly from: Date;
  readonly to: Date;
  readonly repair: boolean;
  readonly json: boolean;
  /** A hold to settle first, and the cost of its requests. */
  readonly settle: { readonly holdId: string; readonly costNanoUsd: bigint } | undefined;
}

export const reconcileUsage = `Usage: npm run reconcile -- [--from 2026-11-01] [--to 2026-12-01] [--repair] [--json]
       npm run reconcile -- --settle HOLD_ID [--cost DOLLARS]
Times are UTC; --to is the first one that is not counted. Without them: the current month so far.`;

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  repair: { type: 'boolean' },
  json: { type: 'boolean' },
  settle: { type: 'string' },
  cost: { type: 'string' },
} as const;

/** Parses a command line. Throws a StartError for an invalid one. */
export function parseReconcileOptions(args: readonly string[], now: Date): ReconcileOptions {
  const { from: fromText, to: toText, repair = false, json = false, settle, cost } = parseCommandLine(args);
  const from = parseTime('--from', fromText) ?? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
  const to = parseTime('--to', toText) ?? now;
  if (from >= to) throw new StartError('--from must be before --to.');
  if (cost !== undefined && settle === undefined) throw new StartError('--cost is for --settle.');
  return {
    from,
    to,
    repair,
    json,
    settle: settle === undefined ? undefined : { holdId: settle, costNanoUsd: parseDollars(cost ?? '0') },
  };
}

function parseCommandLine(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${reconcileUsage}`);
  }
}

function parseDollars(text: string): bigint {
  try {
    return parseDecimal(text, 9);
  } catch {
    throw new StartError('--cost must be dollars such as 0.0123, with at most 9 digits after the point.');
  }
}
