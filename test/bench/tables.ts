import type { Database } from '../../src/db/client.ts';
import { countJobs, listJobs } from '../../src/db/queries/jobs.ts';
import { sumUsage } from '../../src/db/queries/usage-rollups.ts';
import { days, firstDay, largeTenant, openLargeDatabase, type Plan } from './large-database.ts';
import type { TableFigure } from './results.ts';
import { round } from './statistics.ts';

const day = 86_400_000;
const month = {
  tenantId: largeTenant,
  from: new Date(firstDay + 31 * day),
  to: new Date(firstDay + 62 * day),
  limit: 1000,
};
const somewhere = (share: number) => new Date(firstDay + Math.floor(share * days) * day);

/** The largest queries of dashboards. Each has to be fast for any number of rows. */
export const largeQueries: Readonly<Record<string, (database: Database) => Promise<unknown>>> = {
  'jobs, first page': (database) => listJobs(database, largeTenant, { limit: 101 }),
  'jobs, a page in the middle': async (database) =>
    listJobs(database, largeTenant, { limit: 101, after: await idAt(database, 0.5) }),
  'jobs, the last page': (database) => listJobs(database, largeTenant, { limit: 101, order: 'oldest' }),
  'jobs, those that failed': (database) => listJobs(database, largeTenant, { limit: 101 }, { statuses: ['FAILED'] }),
  'jobs, pending ones where there are none': (database) =>
    listJobs(database, largeTenant, { limit: 101 }, { statuses: ['PENDING'] }),
  'jobs, of one day in the middle': (database) =>
    listJobs(database, largeTenant, { limit: 101 }, { createdFrom: somewhere(0.5), createdBefore: somewhere(0.52) }),
  'jobs, how many': (database) => countJobs(database, largeTenant),
  'usage of a month': (database) => sumUsage(database, { ...month, groupBy: [] }),
  'usage of a month by provider': (database) => sumUsage(database, { ...month, groupBy: ['PROVIDER'] }),
  'usage of a month by day and model': (database) => sumUsage(database, { ...month, groupBy: ['DAY', 'MODEL'] }),
};

async function idAt(database: Database, share: number): Promise<string> {
  const [job] = await listJobs(database, largeTenant, { limit: 1 }, { createdBefore: somewhere(share) });
  return job?.id ?? '';
}

/** Measures the time in Postgres of each query over a million jobs and ten million calls. */
export async function measureTables(): Promise<TableFigure[]> {
  const large = await openLargeDatabase({ jobs: 1_000_000, calls: 10_000_000 });
  try {
    const figures: TableFigure[] = [];
    for (const [query, work] of Object.entries(largeQueries)) {
      const plans: Plan[] = await large.explain(work);
      figures.push({ query, ms: round(plans.at(-1)?.executionMs ?? Number.NaN, 2) });
    }
    return figures;
  } finally {
    await large.close();
  }
}
