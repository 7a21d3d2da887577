import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ArchiveStep, archiveLedger } from '../../../src/cli/archive-ledger.ts';
import { openLedgerSession } from '../../../src/cli/open-ledger-session.ts';
import { findRollupDifferences, repairRollups } from '../../../src/db/queries/reconciliation.ts';
import { openPostgresSession } from '../../../src/dev/postgres-backend.ts';
import {
  type ArchivableLedger,
  digestMonth,
  fillMonth,
  openArchivableLedger,
} from '../../support/archivable-ledger.ts';
import { auditActor } from '../../support/audit-actor.ts';
import { canReachServer } from '../../support/real-servers.ts';
import { waitFor } from '../../support/wait-for.ts';

const now = new Date('2033-06-15T12:00:00Z');
const realPostgres = await canReachServer('Postgres', 5432);
const kinds = ['embedded', ...(realPostgres ? (['real'] as const) : [])] as const;
const steps: readonly ArchiveStep[] = ['compare', 'detach', 'write', 'verify', 'record', 'drop'];

describe.each(kinds)('an archive on the %s Postgres', (kind) => {
  let ledger: ArchivableLedger;
  beforeAll(async () => {
    ledger = await openArchivableLedger(kind);
  });
  afterAll(() => ledger.stop());

  const archive = (name: string, options: Partial<Parameters<typeof archiveLedger>[0]> = {}) =>
    archiveLedger({ session: ledger.session, actor: auditActor, name, folder: ledger.folder, now, ...options });
  const fileOf = (month: string) => join(ledger.folder, `usage_ledger_${month.replace('-', '_')}.csv.gz`);
  const exists = async (table: string) => (await ledger.query(`SELECT to_regclass('${table}')`))[0]?.[0] !== null;

  const audited = async (name: string) => {
    const rows =
      await ledger.query(`SELECT action, actor_type, actor_id, subject_type, tenant_id, before::text, after::text
      FROM audit_log WHERE subject_id = '${name}' ORDER BY action DESC`);
    return rows.map(([action, actorType, actorId, subjectType, tenantId, before, after]) => ({
      ...{ action, actorType, actorId, subjectType, tenantId },
      ...{ before: JSON.parse(before ?? 'null'), after: JSON.parse(after ?? 'null') },
    }));
  };

  test('has all rows of the month, and the sums stay', async () => {
    await fillMonth(ledger, '2032-01');
    const before = await digestMonth(ledger, '2032-01');
    expect(before.rows).toBe(3_000);
    expect(await archive('2032-01', { dryRun: true })).toMatchObject({ state: 'planned', rows: 3_000 });
    expect([await digestMonth(ledger, '2032-01'), existsSync(fileOf('2032-01'))]).toEqual([before, false]);
    const outcome = await archive('2032-01');
    expect(outcome).toMatchObject({
      state: 'detached',
      path: fileOf('2032-01'),
      manifest: {
        ...{ name: '2032-01', startsAt: '2032-01-01T00:00:00.000Z', endsAt: '2032-02-01T00:00:00.000Z' },
        ...{ rows: 3_000, requests: 2_500, schemaVersion: expect.stringMatching(/^\d{4}_/) },
      },
    });
    expect(await digestMonth(ledger, '2032-01')).toEqual({ rows: 0, digest: null, sums: before.sums });
    expect(await digestMonth(ledger, '2032-01', 'usage_ledger_2032_01')).toEqual(before);
    const [header, ...lines] = gunzipSync(readFileSync(fileOf('2032-01')))
      .toString()
      .split('\n');
    expect(header).toMatch(/^request_id,client_request_id,.*,created_at,attempt,is_last/);
    expect(lines.filter((line) => line.startsWith('req_'))).toHaveLength(3_000);
    expect(lines).toContainEqual(expect.stringMatching(/^req_2032-01_2,"",ten_1,key_2,/));
    expect(lines).toContainEqual(expect.stringMatching(/^req_2032-01_3,,ten_1,key_0,/));
    expect(statSync(fileOf('2032-01')).mode & 0o777).toBe(0o600);
  });

  test('that is complete is not written again, and drops its table once', async () => {
    const { mtimeMs } = statSync(fileOf('2032-01'));
    // The folder is that of the first run.
    expect(await archive('2032-01', { folder: undefined })).toMatchObject({
      state: 'detached',
      path: fileOf('2032-01'),
    });
    expect(await archive('2032-01', { folder: undefined, drop: true })).toMatchObject({ state: 'dropped' });
    expect([statSync(fileOf('2032-01')).mtimeMs, await exists('usage_ledger_2032_01')]).toEqual([mtimeMs, false]);
    expect(await archive('2032-01', { drop: true })).toMatchObject({ state: 'dropped', manifest: { rows: 3_000 } });
  });

  test('has an entry in the audit log for each of its changes', async () => {
    const [[rows, cost, sha256, file] = []] = await ledger.query(
      `SELECT rows, trim_scale(cost_nano_usd * 0.000000001), sha256, file FROM ledger_archives WHERE name = '2032-01'`,
    );
    const by = { actorType: 'cli', actorId: 'test', subjectType: 'ledger', tenantId: null };
    const sums = { rows: Number(rows), cost };
    const table = 'usage_ledger_2032_01';
    expect(await audited('2032-01')).toEqual([
      { ...by, action: 'ledger.archived', before: null, after: { table, ...sums } },
      {
        ...{ ...by, action: 'ledger.archive_dropped', before: { table } },
        after: { table: null, ...sums, sha256, file },
      },
    ]);
  });

  test('whose file is damaged or lost is written again, and nothing is dropped without it', async () => {
    await fillMonth(ledger, '2032-02');
    await archive('2032-02');
    const content = readFileSync(fileOf('2032-02'));
    writeFileSync(fileOf('2032-02'), content.with(content.length >> 1, ~(content[content.length >> 1] ?? 0) & 0xff));
    const ran: ArchiveStep[] = [];
    await archive('2032-02', { drop: true, onStep: (step) => ran.push(step) });
    expect(ran).toEqual(['write', 'verify', 'record', 'drop']);
    expect(readFileSync(fileOf('2032-02')).equals(content)).toBe(true);
  });

  test('is not dropped if its detached table has changed', async () => {
    await fillMonth(ledger, '2032-03');
    await archive('2032-03');
    await ledger.query("DELETE FROM usage_ledger_2032_03 WHERE request_id = 'req_2032-03_7'");
    await expect(archive('2032-03', { drop: true })).rejects.toThrow('usage_ledger_2032_03 has changed');
    expect(await exists('usage_ledger_2032_03')).toBe(true);
    expect((await audited('2032-03')).map(({ action }) => action)).toEqual(['ledger.archived']);
  });

  test('of rows that differ from their sums is refused, and changes nothing', async () => {
    await fillMonth(ledger, '2032-04');
    const before = await digestMonth(ledger, '2032-04');
    await ledger.query(`UPDATE usage_days SET cost_nano_usd = cost_nano_usd + 1
      WHERE day = '2032-04-02 00:00Z' AND key_id = 'key_1' AND model = 'model 1'`);
    await expect(archive('2032-04')).rejects.toThrow(
      /^2032-04-02: the ledger has \d+ rows, \d+ requests and \$[\d.]+, the sums of the day .*--from 2032-04-02 --to 2032-04-03 --repair` first/,
    );
    expect(await digestMonth(ledger, '2032-04')).toMatchObject({ rows: before.rows, digest: before.digest });
    expect(await audited('2032-04')).toEqual([]);
  });

  test('whose sums change while it is written keeps its rows', async () => {
    await fillMonth(ledger, '2032-05');
    const change = (amount: number) =>
      ledger.query(`UPDATE usage_days SET requests = requests + ${amount}
        WHERE day = '2032-05-02 00:00Z' AND key_id = 'key_1' AND model = 'model 1'`);
    // The embedded Postgres has one session, which an open cursor does not block.
    let changed: Promise<unknown> | undefined;
    const onStep = (step: ArchiveStep) => {
      if (step === 'write') changed = change(1);
    };
    await expect(archive('2032-05', { onStep, drop: true })).rejects.toThrow(/^2032-05-02: .*Nothing is dropped/);
    await changed;
    expect(await exists('usage_ledger_2032_05')).toBe(true);
    await change(-1);
    expect(await archive('2032-05', { drop: true })).toMatchObject({ state: 'dropped', manifest: { rows: 3_000 } });
  });

  test('counts a row that arrived after its month was detached', async () => {
    await fillMonth(ledger, '2032-06');
    const late = `INSERT INTO usage_ledger (request_id, tenant_id, key_id, source, provider, model, status, token_source, cost_nano_usd,
      total_ms, created_at) VALUES ('req_late', 'ten_1', 'key_1', 'sync', 'stub', 'stub', 'completed', 'none', 5, 1, '2032-06-30 23:59Z')`;
    const onStep = (step: ArchiveStep) => {
      if (step === 'write') void ledger.query(late);
    };
    expect(await archive('2032-06', { onStep })).toMatchObject({ manifest: { rows: 3_000, requests: 2_500 } });
    await waitFor(async () => expect((await digestMonth(ledger, '2032-06')).rows).toBe(1));
    expect(await digestMonth(ledger, '2032-06', 'usage_ledger_default')).toMatchObject({ rows: 1 });
    expect(await archive('2032-06', { drop: true })).toMatchObject({ state: 'dropped', manifest: { rows: 3_000 } });
  });

  test.each(steps)('that is interrupted before the step %s continues, and nothing is lost or twice', async (step) => {
    const month = `2031-0${1 + steps.indexOf(step)}`;
    await fillMonth(ledger, month);
    const before = await digestMonth(ledger, month);
    await interrupt(month, step);
    const ran: ArchiveStep[] = [];
    const outcome = await archive(month, { onStep: (next) => ran.push(next) });
    expect(outcome).toMatchObject({ state: 'detached', manifest: { rows: before.rows, requests: 2_500 } });
    expect(ran).toEqual(
      step === 'drop' ? [] : ['compare', 'detach'].includes(step) ? steps.slice(0, -1) : steps.slice(2, -1),
    );
    expect(await digestMonth(ledger, month, `usage_ledger_${month.replace('-', '_')}`)).toEqual(before);
    expect(await archive(month, { drop: true })).toMatchObject({ state: 'dropped' });
    expect(await digestMonth(ledger, month)).toEqual({ rows: 0, digest: null, sums: before.sums });
    expect((await audited(month)).map(({ action }) => action)).toEqual(['ledger.archived', 'ledger.archive_dropped']);
  });

  test('that is interrupted in the middle of its file continues', async () => {
    await fillMonth(ledger, '2031-08');
    await interrupt('2031-08', 'rows');
    expect(existsSync(fileOf('2031-08'))).toBe(false);
    expect(await archive('2031-08', { drop: true })).toMatchObject({ state: 'dropped', manifest: { rows: 3_000 } });
  });

  /** On a real server a process of its own is killed. The embedded one lives in this process: the command throws. */
  async function interrupt(month: string, step: ArchiveStep | 'rows'): Promise<void> {
    if (ledger.url === undefined) {
      const stop = () => {
        throw new Error('interrupted');
      };
      const onStep = (next: ArchiveStep) => next === step && stop();
      const onRows = (rows: number) => step === 'rows' && rows > 0 && stop();
      await expect(archive(month, { drop: true, onStep, onRows })).rejects.toThrow('interrupted');
      return;
    }
    const program = fileURLToPath(new URL('../../support/archive-until-killed.ts', import.meta.url));
    const args = [program, ledger.url, month, ledger.folder, now.toISOString(), step];
    const [code, signal] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
    expect([code, signal]).toEqual([null, 'SIGKILL']);
  }

  test.each([
    ['2033-06', 'The newest month that can be archived is 2033-04.'],
    ['2033-05', 'the current and the previous month never are'],
    ['2033-07', 'The newest month that can be archived is 2033-04.'],
    ['2033-13', '"2033-13" is not a month'],
    ["2033-01'; --", 'is not a month'],
    ['2020-01', 'The rows of 2020-01 are in usage_ledger_past, with those of all months up to '],
    ['2029-01', 'The ledger has no partition and no rows of 2029-01.'],
  ])('of %s is refused with the reason', async (name, message) => {
    await expect(archive(name)).rejects.toThrow(message);
  });

  test('of a month whose rows are in the default partition names the statement that moves them', async () => {
    await ledger.query(`INSERT INTO usage_ledger (request_id, tenant_id, key_id, source, provider, model, status, token_source, total_ms,
      created_at) VALUES ('req_1', 'ten_1', 'key_1', 'sync', 'stub', 'stub', 'completed', 'none', 1, '2029-02-28 23:59Z')`);
    await expect(archive('2029-02')).rejects.toThrow(
      "its 1 rows are in usage_ledger_default. Create it first, with psql: SELECT create_ledger_partition('2029-02-01')",
    );
  });

  test('of the partition of the past takes all its months, once the last one is old enough', async () => {
    const [[end = ''] = []] = await ledger.query(
      `SELECT (regexp_match(pg_get_expr(relpartbound, oid), $r$TO \\('([^']+)'\\)$r$))[1] FROM pg_class WHERE relname = 'usage_ledger_past'`,
    );
    const soon = new Date(end ?? '');
    await expect(archive('past', { now: soon })).rejects.toThrow(
      /^usage_ledger_past has the rows of \d{4}-\d\d, too. It can be archived from \d{4}-\d\d on/,
    );
    for (const [index, time] of ['1999-12-31 23:00Z', '2020-02-29 12:00Z'].entries()) {
      await ledger.query(`INSERT INTO usage_ledger (request_id, tenant_id, key_id, source, provider, model, status, token_source,
        total_ms, created_at) VALUES ('req_past_${index}', 'ten_1', 'key_1', 'sync', 'stub', 'stub', 'completed', 'none', 1, '${time}')`);
    }
    expect(await archive('past', { drop: true })).toMatchObject({
      state: 'dropped',
      manifest: { rows: 2, startsAt: null },
    });
    await expect(archive('2020-01')).rejects.toThrow('The ledger has no partition and no rows of 2020-01.');
  });

  test.skipIf(kind === 'embedded')(
    'waits while a statement uses the ledger, and lets no second command in',
    async () => {
      await fillMonth(ledger, '2032-08');
      const reader = await openPostgresSession(ledger.url ?? '');
      await reader.run({ query: 'BEGIN', params: [] });
      await reader.run({ query: 'SELECT count(*) FROM usage_ledger', params: [] });
      const ran: ArchiveStep[] = [];
      const archiving = archive('2032-08', { onStep: (step) => ran.push(step) });
      await waitFor(async () => expect(ran.filter((step) => step === 'detach')).toHaveLength(2));
      await expect(archive('2032-08', { session: reader, maxLockWaitMs: 0 })).rejects.toThrow(
        'Another archive command is running',
      );
      await reader.close();
      expect(await archiving).toMatchObject({ state: 'detached' });
    },
  );

  test.skipIf(kind === 'embedded')('that is made during a repair of the sums leaves them as they are', async () => {
    await fillMonth(ledger, '2032-09');
    const before = await digestMonth(ledger, '2032-09');
    const period = { from: new Date('2032-09-01T00:00:00Z'), to: new Date('2032-10-01T00:00:00Z') };
    const detaching = await openPostgresSession(ledger.url ?? '');
    await detaching.run({ query: 'BEGIN', params: [] });
    await detaching.run({ query: "SELECT detach_ledger_partition('2032-09')", params: [] });
    const repair = repairRollups(ledger.database, period);
    await waitFor(async () => {
      const [[waiting] = []] = await ledger.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      expect(waiting).toBe('1');
    });
    await detaching.run({ query: 'COMMIT', params: [] });
    await detaching.close();
    expect([await repair, await findRollupDifferences(ledger.database, period)]).toEqual([0, []]);
    expect((await digestMonth(ledger, '2032-09')).sums).toBe(before.sums);
  });
});

test.skipIf(!realPostgres)('npm run admin archives a month, drops the table and lists the archive', async () => {
  const ledger = await openArchivableLedger('real');
  onTestFinished(ledger.stop);
  // A database whose ledger was partitioned years ago.
  await ledger.query('ALTER TABLE usage_ledger DETACH PARTITION usage_ledger_past');
  await ledger.query(
    `ALTER TABLE usage_ledger ATTACH PARTITION usage_ledger_past FOR VALUES FROM (MINVALUE) TO ('2020-01-01 00:00Z')`,
  );
  await fillMonth(ledger, '2026-01');
  const admin = (...args: string[]) => {
    const env = { PATH: process.env.PATH, DATABASE_URL: ledger.url };
    const options = { encoding: 'utf8', env } as const;
    return spawnSync(process.execPath, ['src/cli/admin.ts', ...args, '--json'], options);
  };
  const archived = admin('archive', '2026-01', '--out', ledger.folder, '--drop');
  expect(archived).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^Comparing .*\n(.*\n)*Dropping the detached table\n$/),
  });
  const { state, manifest } = JSON.parse(archived.stdout);
  expect([state, manifest]).toMatchObject(['dropped', { rows: 3_000, requests: 2_500 }]);
  const [entry] = JSON.parse(admin('archives').stdout);
  const { rows, costNanoUsd, sha256 } = manifest;
  expect(entry).toMatchObject({ name: '2026-01', rows, costNanoUsd, sha256, lateRows: 0 });
  expect(Date.parse(entry.droppedAt)).not.toBeNaN();
});

test.each([
  [undefined, 'DATABASE_URL must be set to the database of the gateway: the embedded one cannot be archived.'],
  ['postgres://u:sesame@ep-cool-1-pooler.eu-central-1.aws.neon.tech/db', 'Use the direct address, without -pooler.'],
  ['postgres://u:sesame@127.0.0.1:1/db', 'DATABASE_URL: the Postgres at 127.0.0.1 cannot be used'],
])('a session at %s is refused with the reason', async (databaseUrl, message) => {
  await expect(openLedgerSession({ databaseUrl })).rejects.toThrow(message);
});
