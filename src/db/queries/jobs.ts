import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNotNull, lt, type SQL, sql, sum } from 'drizzle-orm';
import { encodeTime } from 'ulid';
import type { Job, JobStatus, JobType } from '../../domain/job.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { Database } from '../client.ts';
import { jobCounts } from '../schema/job-counts.ts';
import { jobs } from '../schema/jobs.ts';

const { call, leaseToken, leaseExpiresAt, nextAttemptAt, enqueuedAt, updatedAt, ...visible } = getTableColumns(jobs);

/** A tenant's job; undefined for an unknown id and for another tenant's. */
export async function findJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [row] = await findJobs(database, tenantId, [id]);
  return row;
}

/** Those of a tenant's jobs that have one of the ids, in any order. */
export async function findJobs(database: Database, tenantId: string, ids: readonly string[]): Promise<Job[]> {
  const rows = await database
    .select(visible)
    .from(jobs)
    .where(and(inArray(jobs.id, [...ids]), eq(jobs.tenantId, tenantId)));
  return rows as Job[];
}

/** Which of a tenant's jobs are meant. What is absent does not narrow. */
export interface JobFilter {
  readonly statuses?: readonly JobStatus[] | undefined;
  readonly types?: readonly JobType[] | undefined;
  readonly providers?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  /** From this time on. */
  readonly createdFrom?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
  /** Only failed jobs that have gone through the dead-letter queue. */
  readonly deadLettered?: boolean | undefined;
}

interface JobPage {
  readonly limit: number;
  /** The newest first, unless `oldest`. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Only jobs that come after the one with this id, in the order of the page. */
  readonly after?: string | undefined;
  /** Only jobs that come before the one with this id, in the order of the page. */
  readonly before?: string | undefined;
}

/** A page of a tenant's jobs by the order of their creation: at most `limit`. */
export async function listJobs(
  database: Database,
  tenantId: string,
  { limit, order = 'newest', after, before }: JobPage,
  filter: JobFilter = {},
): Promise<Job[]> {
  const [later, earlier] = order === 'newest' ? [lt, gt] : [gt, lt];
  const rows = await database
    .select(visible)
    .from(jobs)
    .where(
      and(
        matches(tenantId, filter),
        after === undefined ? undefined : later(jobs.id, after),
        before === undefined ? undefined : earlier(jobs.id, before),
      ),
    )
    .orderBy(order === 'newest' ? desc(jobs.id) : asc(jobs.id))
    .limit(limit);
  return rows as Job[];
}

/** How many jobs of a tenant there are. Without a filter it is a count that is kept. */
export async function countJobs(database: Database, tenantId: string, filter: JobFilter = {}): Promise<number> {
  if (Object.values(filter).some((part) => part !== undefined))
    return await database.$count(jobs, matches(tenantId, filter));
  const [row] = await database
    .select({ jobs: sum(jobCounts.jobs).mapWith(Number) })
    .from(jobCounts)
    .where(eq(jobCounts.tenantId, tenantId));
  return row?.jobs ?? 0;
}

function matches(tenantId: string, filter: JobFilter): SQL | undefined {
  const { statuses, types, providers, models, createdFrom, createdBefore, deadLettered } = filter;
  return and(
    eq(jobs.tenantId, tenantId),
    statuses && inArray(jobs.status, [...statuses]),
    types && inArray(jobs.type, [...types]),
    providers && inArray(jobs.provider, [...providers]),
    models && inArray(jobs.model, [...models]),
    // The second one of each is so that the index is read where those jobs are: an id begins with the time of its birth.
    createdFrom &&
      and(gte(jobs.createdAt, createdFrom), gte(jobs.id, firstIdAt(createdFrom.getTime() - clocksDifferMs))),
    createdBefore &&
      and(lt(jobs.createdAt, createdBefore), lt(jobs.id, firstIdAt(createdBefore.getTime() + clocksDifferMs))),
    deadLettered ? isNotNull(jobs.deadLetteredAt) : undefined,
  );
}

/** By how much the clocks of those who make ids and that of Postgres may differ at most. */
const clocksDifferMs = 3_600_000;

function firstIdAt(ms: number): string {
  return `job_${encodeTime(Math.min(Math.max(0, ms), 2 ** 48 - 1))}`;
}

/** A place in the order of changes. */
export interface ChangePlace {
  /** As Postgres writes it: a Date has no microseconds. */
  readonly at: string;
  /** Empty: before all changes of that moment. */
  readonly id: string;
}

/** A job as it changed, and when. */
export interface JobChange {
  readonly job: Job;
  readonly updatedAt: Date;
  readonly place: ChangePlace;
}

/**
 * A tenant's jobs whose status has changed after a place among the changes, in their order: at most 100. A job that changes
 * while somebody turns the pages moves to the end, and pushes none out of their sight.
 */
export async function listChangedJobs(
  database: Database,
  tenantId: string,
  { at, id }: ChangePlace,
): Promise<JobChange[]> {
  const rows = await database
    .select({ ...visible, updatedAt, at: sql<string>`${updatedAt}::text` })
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), sql`(${updatedAt}, ${jobs.id}) > (${at}::timestamptz, ${id})`))
    .orderBy(asc(jobs.updatedAt), asc(jobs.id))
    .limit(maxChanges);
  return rows.map(({ updatedAt, at, ...job }) => ({ job: job as Job, updatedAt, place: { at, id: job.id } }));
}

/** How many changes are listed at once. */
export const maxChanges = 100;

/** What jobs were asked to do, by their ids; null where that has been purged. */
export async function findCalls(
  database: Database,
  ids: readonly string[],
): Promise<Map<string, Omit<ChatRequest, 'model'> | null>> {
  const rows = await database
    .select({ id: jobs.id, call })
    .from(jobs)
    .where(inArray(jobs.id, [...ids]));
  return new Map(rows.map(({ id, call }) => [id, call as Omit<ChatRequest, 'model'> | null]));
}

/** The jobs that do failed ones again, by the ids of the failed ones. */
export async function findRetries(database: Database, ids: readonly string[]): Promise<Map<string, Job>> {
  const rows = await database
    .select(visible)
    .from(jobs)
    .where(inArray(jobs.retryOf, [...ids]));
  return new Map(rows.map((row) => [row.retryOf ?? '', row as Job]));
}

/** Cancels a job that is not final; undefined where there is none such. Whoever runs it learns of it from its lease. */
export async function cancelJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [row] = await database
    .update(jobs)
    .set({ status: 'CANCELLED', finishedAt: sql`now()` })
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId), inArray(jobs.status, ['PENDING', 'RUNNING'])))
    .returning(visible);
  return row as Job | undefined;
}
