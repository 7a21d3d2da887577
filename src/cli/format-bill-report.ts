import { isReconciled, type ReconciliationReport } from '../billing/reconcile-ledger.ts';

const maxLines = 20;

/** A report as somebody reads it in a terminal. */
export function formatReport(report: ReconciliationReport, nowMs: number): string {
  const { from, to, ledger, shown, rollups, counters, unsettled } = report;
  const lines = [
    `From ${from.toISOString()} to ${to.toISOString()}`,
    `Ledger    ${dollars(ledger.costNanoUsd)} for ${calls(ledger)}`,
    `GraphQL   ${dollars(shown.costNanoUsd)} for ${calls(shown)}${shown.agrees ? '' : ': not what the ledger says'}`,
    ...section(
      `${rollups.length} hourly sums are not what the ledger says:`,
      rollups.map(
        ({ hour, tenantId, keyId, provider, model, source, ledger, rollup, repaired }) =>
          `${hour.toISOString()} ${tenantId} ${keyId} ${provider} ${model} ${source}: ` +
          `${rollup ? `${dollars(rollup.costNanoUsd)} for ${calls(rollup)}` : 'nothing'}, by the ledger ` +
          `${ledger ? `${dollars(ledger.costNanoUsd)} for ${calls(ledger)}` : 'nothing'}${mark(repaired)}`,
      ),
    ),
    ...section(
      `${counters.length} counters of budgets are not what the ledger says:`,
      counters.map(
        ({ scopeId, period, chargedNanoUsd, ledgerNanoUsd, heldNanoUsd, repaired }) =>
          `${scopeId} ${period}: ${dollars(chargedNanoUsd)} are charged, by the ledger ${dollars(ledgerNanoUsd)} ` +
          `and ${dollars(heldNanoUsd)} held${mark(repaired)}`,
      ),
    ),
    ...section(
      `${unsettled.length} holds are unsettled: they stay charged until --settle HOLD_ID [--cost DOLLARS]:`,
      unsettled.map(
        ({ id, tenantId, keyId, day, amountNanoUsd, touchedAtMs }) =>
          `${id} ${tenantId} ${keyId} ${day} ${dollars(amountNanoUsd)}, for ${minutes(nowMs - touchedAtMs)} minutes`,
      ),
    ),
  ];
  const differs = [...rollups, ...counters].some(({ repaired }) => !repaired) || !shown.agrees;
  if (isReconciled(report)) lines.push('The bill adds up.');
  else if (differs) lines.push('The bill does not add up. --repair makes the sums what the ledger says.');
  return lines.join('\n');
}

/** A report for programs: amounts are whole nano-dollars, as texts. */
export function toJson(report: ReconciliationReport): string {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);
  return JSON.stringify({ addsUp: isReconciled(report), ...report }, plain, 2);
}

/** Dollars to the nano-dollar: `$0.00000705`. */
export function dollars(nanoUsd: bigint): string {
  const digits = (nanoUsd < 0n ? -nanoUsd : nanoUsd).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0{1,7}$/, '');
  return `${nanoUsd < 0n ? '-' : ''}$${digits.slice(0, -9)}.${fraction}`;
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > maxLines ? [`  … and ${lines.length - maxLines} more (--json shows them)`] : [];
  return [title, ...lines.slice(0, maxLines).map((line) => `  ${line}`), ...more];
}

function calls({ requests, unpricedRequests }: { requests: number; unpricedRequests: number }): string {
  return `${requests} calls${unpricedRequests > 0 ? `, ${unpricedRequests} of them without a known price` : ''}`;
}

function mark(repaired: boolean): string {
  return repaired ? ' (repaired)' : '';
}

function minutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
