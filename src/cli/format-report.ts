import { isReconciled, type ReconciliationReport } from '../billing/reconcile-ledger.ts';

const maxLines = 20;

/** Formats a report for a terminal. */
export function formatReport(report: ReconciliationReport, nowMs: number): string {
  const { from, to, ledger, shown, rollups, counters, unsettled } = report;
  const lines = [
    `From ${from.toISOString()} to ${to.toISOString()}`,
    `Ledger    ${formatDollars(ledger.costNanoUsd)} for ${formatRequests(ledger)}`,
    `GraphQL   ${formatDollars(shown.costNanoUsd)} for ${formatRequests(shown)}${shown.agrees ? '' : ': not what the ledger says'}`,
    ...formatSection(
      `${rollups.length} hourly sums are not what the ledger says:`,
      rollups.map(
        ({ hour, tenantId, keyId, provider, model, source, ledger, rollup, repaired }) =>
          `${hour.toISOString()} ${tenantId} ${keyId} ${provider} ${model} ${source}: ` +
          `${rollup ? `${formatDollars(rollup.costNanoUsd)} for ${formatRequests(rollup)}` : 'nothing'}, by the ledger ` +
          `${ledger ? `${formatDollars(ledger.costNanoUsd)} for ${formatRequests(ledger)}` : 'nothing'}${formatRepair(repaired)}`,
      ),
    ),
    ...formatSection(
      `${counters.length} counters of budgets are not what the ledger says:`,
      counters.map(
        ({ scopeId, period, chargedNanoUsd, ledgerNanoUsd, heldNanoUsd, repaired }) =>
          `${scopeId} ${period}: ${formatDollars(chargedNanoUsd)} are charged, by the ledger ${formatDollars(ledgerNanoUsd)} ` +
          `and ${formatDollars(heldNanoUsd)} held${formatRepair(repaired)}`,
      ),
    ),
    ...formatSection(
      `${unsettled.length} holds are unsettled: they stay charged until --settle HOLD_ID [--cost DOLLARS]:`,
      unsettled.map(
        ({ id, tenantId, keyId, day, amountNanoUsd, touchedAtMs }) =>
          `${id} ${tenantId} ${keyId} ${day} ${formatDollars(amountNanoUsd)}, for ${toMinutes(nowMs - touchedAtMs)} minutes`,
      ),
    ),
  ];
  const hasDifferences = [...rollups, ...counters].some(({ repaired }) => !repaired) || !shown.agrees;
  if (isReconciled(report)) lines.push('The bill adds up.');
  else if (hasDifferences) lines.push('The bill does not add up. --repair makes the sums what the ledger says.');
  return lines.join('\n');
}

/** Encodes a report as JSON, with amounts as whole nano-dollars in strings. */
export function encodeReport(report: ReconciliationReport): string {
  const encodeAmount = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
  return JSON.stringify({ addsUp: isReconciled(report), ...report }, encodeAmount, 2);
}

/** Formats an amount in dollars, exact to the nano-dollar: `$0.00000705`. */
export function formatDollars(nanoUsd: bigint): string {
  const digits = (nanoUsd < 0n ? -nanoUsd : nanoUsd).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0{1,7}$/, '');
  return `${nanoUsd < 0n ? '-' : ''}$${digits.slice(0, -9)}.${fraction}`;
}

function formatSection(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > maxLines ? [`  … and ${lines.length - maxLines} more (--json shows them)`] : [];
  return [title, ...lines.slice(0, maxLines).map((line) => `  ${line}`), ...more];
}

function formatRequests({ requests, unpricedRequests }: { requests: number; unpricedRequests: number }): string {
  return `${requests} calls${unpricedRequests > 0 ? `, ${unpricedRequests} attempts without a known price` : ''}`;
}

function formatRepair(repaired: boolean): string {
  return repaired ? ' (repaired)' : '';
}

function toMinutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
