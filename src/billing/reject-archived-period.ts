import type { Database } from '../db/client.ts';
import { findLedgerArchives } from '../db/queries/ledger-archives.ts';
import { GatewayError } from '../domain/errors.ts';

/**
 * Throws if ledger rows of a part of the period are archived: without them nothing can be compared. `to` is exclusive. `fix` says
 * what else can be done than to restore the month; absent: to choose a later period.
 */
export async function rejectArchivedPeriod(
  database: Database,
  { from, to, fix }: { readonly from: Date; readonly to: Date; readonly fix?: string },
): Promise<void> {
  const archives = await findLedgerArchives(database, { from, to });
  const last = archives.at(-1);
  if (!last) return;
  const names = archives.map(({ name }) => name).join(', ');
  const advice = fix ?? `Choose a period from ${last.endsAt.toISOString().slice(0, 10)} on`;
  throw new GatewayError(
    'conflict',
    `The ledger rows of this period are archived (${names}). ${advice}, or restore them first: "Archive old months" in docs/guides/operate.md.`,
  );
}
