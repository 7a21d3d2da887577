import { sql } from 'drizzle-orm';
import { hashKey } from '../../src/auth/hash-key.ts';
import type { Database } from '../../src/db/client.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { newId } from '../../src/domain/ids.ts';

/** The state of a job in the database. */
export interface JobRow {
  readonly id: string;
  readonly prompt: string;
  readonly status: string;
  /** The number of ledger rows for all of its attempts. */
  readonly settled: number;
}

/** The jobs of one tenant, read from the database and not through the Worker. */
export class JobRows {
  readonly #database: Database;
  readonly #tenantId = newId('ten');

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates the tenant. Returns its API key. */
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

  /** Returns the prompts of the jobs that were running when the Worker died. */
  async running(): Promise<string[]> {
    const { rows } = await this.#database.execute(sql`
      SELECT call #>> '{messages,0,content,0,text}' AS prompt FROM jobs
      WHERE tenant_id = ${this.#tenantId} AND status = 'RUNNING'`);
    return rows.map(({ prompt }) => String(prompt));
  }

  /** Moves the times of leases and messages back by two minutes. May be called only while no Worker runs. */
  async letTimePass(): Promise<void> {
    await this.#database.execute(sql`
      UPDATE jobs SET enqueued_at = enqueued_at - interval '2 minutes', lease_expires_at = lease_expires_at - interval '2 minutes'
      WHERE tenant_id = ${this.#tenantId} AND status IN ('PENDING', 'RUNNING')`);
  }

  /** Returns whether the hourly sums equal the rows of the ledger. */
  async sumsAgree(): Promise<boolean> {
    const { rows } = await this.#database.execute(sql`
      SELECT (SELECT count(*) FROM usage_ledger WHERE tenant_id = ${this.#tenantId})
        = (SELECT coalesce(sum(requests), 0) FROM usage_rollups WHERE tenant_id = ${this.#tenantId}) AS agree`);
    return rows[0]?.agree === true;
  }
}
