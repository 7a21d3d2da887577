import type { LimitRule } from '../domain/limits.ts';
import type { RedisScript } from '../lib/redis-script.ts';
import { describeBudgets, holdsKey, markerKey, seedKey } from './counter-keys.ts';
import { recreateScript, returnQuotaScript, setSlotsScript, settleScript } from './redis-scripts.ts';

/** A change that is sent to Redis in the background. Amounts are in the unit of the limit. */
export type CounterChange =
  | { readonly type: 'return_quota'; readonly key: string; readonly second: number; readonly amount: number }
  | { readonly type: 'set_slots'; readonly key: string; readonly leaseId: string; readonly slots: number }
  | {
      readonly type: 'settle';
      readonly tenantId: string;
      readonly holdId: string;
      readonly version: number;
      /** What remains on hold. */
      readonly reservedNanoUsd: number;
      readonly costs: readonly { readonly second: number; readonly costNanoUsd: number }[];
      readonly mayDefer: boolean;
      readonly budgetKeys: readonly string[];
    }
  | {
      readonly type: 'recreate';
      readonly tenantId: string;
      readonly holdId: string;
      readonly keyId: string;
      readonly day: string;
      readonly version: number;
      readonly amountNanoUsd: number;
      readonly rules: readonly LimitRule[];
      readonly budgetKeys: readonly string[];
    };

type Settlement = Extract<CounterChange, { type: 'settle' }>;
type Recreation = Extract<CounterChange, { type: 'recreate' }>;

/** Redis runs nothing else beside a script. */
const maxChangesPerScript = 100;
const maxScriptsPerCall = 10;

/**
 * Sends changes in scripts that take many of one type. Calls `send` for some scripts at a time, which returns what each replies: for
 * each of its changes one number, separated by spaces. Returns the replies in the order of the changes.
 */
export async function sendChanges(
  changes: readonly CounterChange[],
  send: (scripts: readonly RedisScript[]) => Promise<readonly unknown[]>,
): Promise<number[]> {
  const batches = createBatches(changes);
  const replies = new Map<CounterChange, number>();
  for (let start = 0; start < batches.length; start += maxScriptsPerCall) {
    const sent = batches.slice(start, start + maxScriptsPerCall);
    const results = await send(sent.map(createCall));
    for (const [index, batch] of sent.entries()) {
      const numbers = String(results[index]).split(' ').map(Number);
      for (const [position, change] of batch.entries()) replies.set(change, numbers[position] ?? 0);
    }
  }
  return changes.map((change) => replies.get(change) ?? 0);
}

/** Groups changes by type, in the order in which the types come first. A settlement and a recreation name the tenant of their hold. */
function createBatches(changes: readonly CounterChange[]): CounterChange[][] {
  const groups = Map.groupBy(changes, (change) =>
    'tenantId' in change ? `${change.type} ${change.tenantId}` : change.type,
  );
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / maxChangesPerScript) }, (_, index) =>
      group.slice(index * maxChangesPerScript, (index + 1) * maxChangesPerScript),
    ),
  );
}

function createCall(batch: readonly CounterChange[]): RedisScript {
  const [first] = batch;
  if (first?.type === 'recreate') return recreate(batch.filter((change) => change.type === 'recreate'));
  if (first?.type === 'settle') return settle(batch.filter((change) => change.type === 'settle'));
  const keys: string[] = [];
  const values: (string | number)[] = [];
  for (const change of batch) {
    if (change.type === 'return_quota') values.push(change.second, change.amount);
    else if (change.type === 'set_slots') values.push(change.leaseId, change.slots);
    else continue;
    keys.push(change.key);
  }
  return { source: first?.type === 'set_slots' ? setSlotsScript : returnQuotaScript, keys, values };
}

function settle(settlements: readonly Settlement[]): RedisScript {
  const keys = [holdsKey(settlements[0]?.tenantId ?? '')];
  const values: (string | number)[] = [];
  for (const { holdId, version, reservedNanoUsd, costs, mayDefer, budgetKeys } of settlements) {
    keys.push(...listSettledKeys(budgetKeys));
    const sums = sumBySecond(costs);
    values.push(holdId, version, reservedNanoUsd, mayDefer ? 1 : 0, budgetKeys.length, sums.length / 2, ...sums);
  }
  return { source: settleScript, keys, values };
}

function recreate(recreations: readonly Recreation[]): RedisScript {
  const keys = [holdsKey(recreations[0]?.tenantId ?? '')];
  const values: (string | number)[] = [];
  for (const { tenantId, holdId, version, amountNanoUsd, keyId, day, rules, budgetKeys } of recreations) {
    const markers = rules.filter(({ endUser }) => endUser).map((rule) => markerKey(tenantId, rule, day));
    keys.push(...budgetKeys, ...markers);
    values.push(holdId, version, amountNanoUsd, keyId, day, describeBudgets(rules), budgetKeys.length, markers.length);
  }
  return { source: recreateScript, keys, values };
}

/** Returns the keys by which the script that settles holds knows one of them. */
export function listSettledKeys(budgetKeys: readonly string[]): string[] {
  return [...budgetKeys, ...budgetKeys.map(seedKey)];
}

/** Returns the seconds and the sums of costs, alternating. */
function sumBySecond(costs: readonly { readonly second: number; readonly costNanoUsd: number }[]): number[] {
  const sums = new Map<number, number>();
  for (const { second, costNanoUsd } of costs) sums.set(second, (sums.get(second) ?? 0) + costNanoUsd);
  return [...sums].flat();
}
