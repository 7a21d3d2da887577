import { bigint, numeric, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * One row for each partition of the ledger that `npm run admin -- archive` has detached. It is inserted by the statement that
 * detaches the partition, and deleted by the transaction that attaches it again.
 */
export const ledgerArchives = pgTable('ledger_archives', {
  /** A month, UTC, such as `2026-01`, or `past`. */
  name: text('name').primaryKey(),
  /** Null: the partition had all rows before `ends_at`. */
  startsAt: timestamp('starts_at', { withTimezone: true }),
  /** Exclusive. */
  endsAt: timestamp('ends_at', { withTimezone: true }).notNull(),
  /** The detached table. */
  tableName: text('table_name').notNull(),
  detachedAt: timestamp('detached_at', { withTimezone: true }).notNull().defaultNow(),
  /** When the file was complete and agreed with the sums of the month. Null before, like the columns below. */
  writtenAt: timestamp('written_at', { withTimezone: true }),
  /** The path of the file on the machine that wrote it. */
  file: text('file'),
  rows: bigint('rows', { mode: 'number' }),
  costNanoUsd: numeric('cost_nano_usd', { precision: 38, scale: 0, mode: 'bigint' }),
  /** Of the compressed file. */
  sha256: text('sha256'),
  /** When the detached table was dropped. Null: it still exists. */
  droppedAt: timestamp('dropped_at', { withTimezone: true }),
});
