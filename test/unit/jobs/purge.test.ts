import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/client.ts';
import { purge } from '../../../src/jobs/purge.ts';
import { createLogger } from '../../../src/lib/logger.ts';

let execute: ReturnType<typeof vi.fn<() => Promise<{ rows: object[] }>>>;
let lines: string[];

/**
 * The numbers of jobs that the statements purge one after the other. The two before them purge alerts and keys, the one after them
 * stored responses.
 */
function purgeJobsInRounds(counts: readonly number[]): void {
  execute.mockResolvedValueOnce({ rows: [] }).mockResolvedValueOnce({ rows: [] });
  for (const jobs of counts) execute.mockResolvedValueOnce({ rows: [{ jobs }] });
  execute.mockResolvedValueOnce({ rows: [{ responses: 0 }] });
}

const run = () =>
  purge({ database: { execute } as unknown as Database, logger: createLogger('info', (line) => lines.push(line)) }, 30);
const purged = () => lines.map((line) => JSON.parse(line)).map(({ message, jobs }) => [message, jobs]);

beforeEach(() => {
  execute = vi.fn();
  lines = [];
});

describe('purge', () => {
  it('deletes jobs in rounds of 500 until fewer are left', async () => {
    purgeJobsInRounds([500, 500, 3]);
    await run();
    expect(execute).toHaveBeenCalledTimes(6);
    expect(purged()).toEqual([500, 500, 3].map((jobs) => ['jobs purged', jobs]));
  });

  it('logs nothing without old jobs', async () => {
    purgeJobsInRounds([0]);
    await run();
    expect([execute.mock.calls.length, purged()]).toEqual([4, []]);
  });

  it('leaves the rest to the next run after 20 rounds', async () => {
    purgeJobsInRounds(Array(20).fill(500));
    await run();
    expect(execute).toHaveBeenCalledTimes(23);
  });

  it('deletes stored responses in rounds of 500 until fewer are left', async () => {
    execute.mockResolvedValueOnce({ rows: [] }).mockResolvedValueOnce({ rows: [] });
    execute.mockResolvedValueOnce({ rows: [{ jobs: 0 }] });
    for (const responses of [500, 2]) execute.mockResolvedValueOnce({ rows: [{ responses }] });
    await run();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ responses: 500 }, { responses: 2 }]);
  });

  it('rejects if the database fails', async () => {
    execute.mockRejectedValueOnce(new Error('no database'));
    await expect(run()).rejects.toThrow('no database');
  });
});
