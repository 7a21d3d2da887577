import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { archiveLedger } from '../../../src/cli/archive-ledger.ts';
import { findRollupDifferences } from '../../../src/db/queries/reconciliation.ts';
import {
  type ArchivableLedger,
  digestMonth,
  fillMonth,
  openArchivableLedger,
} from '../../support/archivable-ledger.ts';
import { auditActor } from '../../support/audit-actor.ts';
import { canReachServer } from '../../support/real-servers.ts';

const hasServer = await canReachServer('Postgres', 5432);
const hasPsql = spawnSync('psql', ['--version']).status === 0;
if (!hasPsql) console.warn('SKIPPED: psql is not installed, so the restore runs on the embedded Postgres only.');
const kinds = ['embedded', ...(hasServer && hasPsql ? (['real'] as const) : [])] as const;
const month = '2032-03';

/** The commands of the page, for the month of this test. */
function readRecipe(folder: string): { readonly create: string; readonly attach: string } {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/guides/operate.md', import.meta.url)), 'utf8');
  const section = page.slice(page.indexOf('### Restore a month'), page.indexOf('## When something is down'));
  const toMonth = (text: string) =>
    text
      .replaceAll('2026_01', '2032_03')
      .replaceAll('2026-01', '2032-03')
      .replaceAll('2026-02', '2032-04')
      .replace('FILE=ledger-archives/', `FILE=${folder}/`);
  const [, create = ''] = /```bash\n(.*?)```/s.exec(section) ?? [];
  const [, attach = ''] = /```sql\n(.*?)```/s.exec(section) ?? [];
  return { create: toMonth(create), attach: toMonth(attach) };
}

/** Runs the commands as they stand, by psql. */
function restoreByPsql({ url = '' }: ArchivableLedger, { create, attach }: ReturnType<typeof readRecipe>): void {
  const env = { ...process.env, DATABASE_URL: url, PGOPTIONS: '-c client_min_messages=warning' };
  execFileSync('bash', ['-e', '-c', create], { env });
  execFileSync('psql', [url, '-v', 'ON_ERROR_STOP=1', '-f', '-'], { env, input: attach });
}

/** The embedded Postgres has no psql: the file is given to its COPY. */
async function restoreEmbedded({ embedded, folder }: ArchivableLedger, recipe: ReturnType<typeof readRecipe>) {
  const [, create = ''] = /-c "(CREATE TABLE [^"]*)"/.exec(recipe.create) ?? [];
  await embedded?.exec(create);
  const csv = gunzipSync(readFileSync(`${folder}/usage_ledger_2032_03.csv.gz`));
  const columns = csv.subarray(0, csv.indexOf('\n')).toString();
  const copy = `COPY usage_ledger_2032_03 (${columns}) FROM '/dev/blob' CSV HEADER`;
  await embedded?.query(copy, [], { blob: new Blob([csv]) });
  await embedded?.exec(recipe.attach);
}

test.each(kinds)('the recipe of the documentation restores a dropped month on the %s Postgres', async (kind) => {
  const ledger = await openArchivableLedger(kind);
  onTestFinished(ledger.stop);
  await fillMonth(ledger, month);
  const before = await digestMonth(ledger, month);
  await archiveLedger({
    session: ledger.session,
    actor: auditActor,
    name: month,
    folder: ledger.folder,
    now: new Date('2033-06-15'),
    drop: true,
  });
  await ledger.query(`INSERT INTO usage_ledger (request_id, tenant_id, key_id, source, provider, model, status, token_source, total_ms,
    created_at) VALUES ('req_late', 'ten_1', 'key_1', 'sync', 'stub', 'stub', 'completed', 'none', 1, '2032-03-31 23:59Z')`);
  const recipe = readRecipe(ledger.folder);
  if (kind === 'real') restoreByPsql(ledger, recipe);
  else await restoreEmbedded(ledger, recipe);

  expect(
    await ledger.query(`SELECT DISTINCT tableoid::regclass::text FROM usage_ledger
    WHERE created_at >= '2032-03-01 00:00Z' AND created_at < '2032-04-01 00:00Z'`),
  ).toEqual([['usage_ledger_2032_03']]);
  const period = { from: new Date('2032-03-01T00:00:00Z'), to: new Date('2032-04-01T00:00:00Z') };
  expect(await findRollupDifferences(ledger.database, period)).toEqual([]);
  expect((await digestMonth(ledger, month)).rows).toBe(before.rows + 1);
  await ledger.query("DELETE FROM usage_ledger WHERE request_id = 'req_late'");
  expect((await digestMonth(ledger, month)).digest).toBe(before.digest);
  // The month is a part of the ledger again, and can be archived once more.
  expect(await ledger.query('SELECT count(*) FROM ledger_archives')).toEqual([['0']]);
});
