import type { Database } from '../db/client.ts';
import { renewLease } from '../db/queries/job-leases.ts';
import type { Lease } from '../db/queries/leases.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { withTimeout } from '../lib/with-timeout.ts';

/** How long a lease lives without a heartbeat. */
export const leaseMs = 15_000;
const heartbeatMs = 1_500;
const heartbeatTimeoutMs = 2_000;

/**
 * Renews a job's lease while the job runs. `lost` is aborted when a heartbeat finds that the job was cancelled or claimed by
 * another worker, and when no heartbeat has succeeded for the life of the lease. That time starts when the claim was sent,
 * however late it was answered.
 */
export function holdLease(
  database: Database,
  { claimedAtMs, ...lease }: Lease & { readonly claimedAtMs: number },
): { lost: AbortSignal; stop: () => void } {
  const lost = new AbortController();
  let renewedAtMs = claimedAtMs;
  let stopped = false;
  let stopTimer: () => void = () => undefined;
  const beat = async () => {
    const startedAtMs = Date.now();
    try {
      if (await withTimeout(heartbeatTimeoutMs, renewLease(database, { ...lease, leaseMs }))) renewedAtMs = startedAtMs;
      else return lost.abort();
    } catch {
      // The lease may expire before the next heartbeat is answered.
      if (Date.now() - renewedAtMs >= leaseMs - heartbeatMs - heartbeatTimeoutMs) return lost.abort();
    }
    schedule();
  };
  const schedule = () => {
    if (!stopped) stopTimer = setCancellableTimeout(heartbeatMs, () => void beat());
  };
  schedule();
  return {
    lost: lost.signal,
    stop: () => {
      stopped = true;
      stopTimer();
    },
  };
}
