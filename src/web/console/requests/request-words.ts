import type { RequestSource, RequestStatus } from './requests.generated.ts';

const statuses: Readonly<Record<RequestStatus, string>> = {
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  REFUSED: 'Refused',
  CLIENT_GONE: 'Client gone',
};

const sources: Readonly<Record<RequestSource, string>> = { SYNC: 'Whole reply', STREAM: 'Stream', JOB: 'Job' };

export const requestStatuses = Object.keys(statuses) as readonly RequestStatus[];
export const requestSources = Object.keys(sources) as readonly RequestSource[];

/** `CLIENT_GONE` is `Client gone`. */
export function formatRequestStatus(status: RequestStatus): string {
  return statuses[status];
}

export function formatSource(source: RequestSource): string {
  return sources[source];
}
