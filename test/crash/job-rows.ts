import { sql } from 'drizzle-orm';
import { hashKey } from '../../src/auth/hash-key.ts';
import type { Database } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';

/** What has become of a job, by what stands in the database. */
export interface JobRow {
  readonly id: string;
  readonly prompt: string;
  readonly status: string;
  /** Rows in the ledger for all of its attempts. */
  readonly settled: number;
}

/** The jobs of a tenant of their own, seen past the Worker. */
export class JobRows {
  readonly #database: Database;
  readonly #tenantId = newId('ten');

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes the tenant. Gives its key. */
  async createTenant(): Promise<string> {
    const key = `test-${this.#tenantId}`;
    const keyHash = await hashKey(key);
    await this.#database.insert(tenants).values({ id: this.#tenantId, name: this.#tenantId });
    await this.#database.insert(apiKeys).values({ id: newId('key'), tenantId: this.#tenantId, name: 'test', keyHash });
    return key;
  }

  async all(): Promise<JobRow[]> {
    const { rows } = await this.#database.execute(sql`
      SELECT jobs.id, call #>> '{messages,0,content,0,text}' AS prompt, status, (
        SELECT count(*)::integer FROM job_attempts JOIN usage_ledger USING (request_id) WHERE job_id = jobs.id
      ) AS settled
      FROM jobs WHERE tenant_id = ${this.#tenantId}`);
    return rows as unknown as JobRow[];
  }

  async unfinished(): Promise<number> {
    const { rows } = await this.#database.execute(sql`
      SELECT count(*)::integer AS jobs FROM jobs WHERE tenant_id = ${this.#tenantId} AND status IN ('PENDING', 'RUNNING')`);
    return Number(rows[0]?.jobs);
  }

  /** The prompts of the jobs that were being worked on when the Worker died. */
  async running(): Promise<string[]> {
    const { rows } = await this.#database.execute(sql`
      SELECT call #>> '{messages,0,content,0,text}' AS prompt FROM jobs
      WHERE tenant_id = ${this.#tenantId} AND status = 'RUNNING'`);
    return rows.map(({ prompt }) => String(prompt));
  }

  /** Lets two minutes go by, as far as leases and lost messages are concerned. Only while no Worker lives. */
  async letTimePass(): Promise<void> {
    await this.#database.execute(sql`
      UPDATE jobs SET enqueued_at = enqueued_at - interval '2 minutes', lease_expires_at = lease_expires_at - interval '2 minutes'
      WHERE tenant_id = ${this.#tenantId} AND status IN ('PENDING', 'RUNNING')`);
  }

  /** Whether the hourly sums agree with the ledger's rows. */
  async sumsAgree(): Promise<boolean> {
    const { rows } = await this.#database.execute(sql`
      SELECT (SELECT count(*) FROM usage_ledger WHERE tenant_id = ${this.#tenantId})
        = (SELECT coalesce(sum(requests), 0) FROM usage_rollups WHERE tenant_id = ${this.#tenantId}) AS agree`);
    return rows[0]?.agree === true;
  }
}
