import { Badge, type Tone } from '../ui/badge.tsx';
import type { JobStatus } from './jobs.generated.ts';

const tones: Readonly<Record<JobStatus, Tone>> = {
  PENDING: 'neutral',
  RUNNING: 'info',
  COMPLETED: 'good',
  FAILED: 'bad',
  CANCELLED: 'warning',
};

export const jobStatuses = Object.keys(tones) as JobStatus[];

export function JobStatusBadge({ status }: { readonly status: JobStatus }) {
  return <Badge tone={tones[status]}>{formatStatus(status)}</Badge>;
}

/** `COMPLETED` is `Completed`. */
export function formatStatus(status: JobStatus): string {
  return status.charAt(0) + status.slice(1).toLowerCase();
}

/** Whether a job has not ended, so that it can be cancelled. */
export function isOpen(status: JobStatus): boolean {
  return status === 'PENDING' || status === 'RUNNING';
}
