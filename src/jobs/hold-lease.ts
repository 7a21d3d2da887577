import type { Database } from '../db/client.ts';
import { renewLease } from '../db/queries/job-leases.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';
import { withTimeout } from '../lib/with-timeout.ts';

/** How long a claim lives without a heartbeat. */
export const leaseMs = 15_000;
const heartbeatMs = 1_500;
const heartbeatTimeoutMs = 2_000;

/**
 * Renews a lease while its job is worked on. `lost` is aborted as soon as a heartbeat learns that the job was cancelled or
 * claimed by another, and when no heartbeat got through for as long as the lease lives: counted from when it was asked for,
 * however late the answer came.
 */
export function holdLease(
  database: Database,
  lease: { id: string; token: string; askedAtMs: number },
): { lost: AbortSignal; stop: () => void } {
  const lost = new AbortController();
  let renewedAtMs = lease.askedAtMs;
  let stopTimer: () => void = () => undefined;
  const beat = async () => {
    const startedAtMs = Date.now();
    try {
      if (await withTimeout(heartbeatTimeoutMs, renewLease(database, { ...lease, leaseMs }))) renewedAtMs = startedAtMs;
      else return lost.abort();
    } catch {
      // Before the next one could answer, the lease would be another's to take.
      if (Date.now() - renewedAtMs >= leaseMs - heartbeatMs - heartbeatTimeoutMs) return lost.abort();
    }
    schedule();
  };
  let stopped = false;
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
