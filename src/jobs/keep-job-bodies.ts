import type { AttemptEnd, ClaimedJob } from '../db/queries/job-leases.ts';
import { BodyCollector } from '../request-log/body-collector.ts';
import type { LoggedRequest } from '../request-log/logged-request.ts';
import type { JobDependencies } from './job-dependencies.ts';

interface EndedAttempt {
  readonly requestId: string;
  readonly log: LoggedRequest;
  readonly end: AttemptEnd;
}

/** Keeps the request of a job and its result, or its error, where the API key asks for it. Never rejects. */
export async function keepJobBodies(
  { bodies }: Pick<JobDependencies, 'bodies'>,
  { principal, tenantId, input }: ClaimedJob,
  { requestId, log, end }: EndedAttempt,
): Promise<void> {
  if (!bodies.keepsBodiesOf(principal)) return;
  const hasFailed = end.status !== 'COMPLETED';
  if (principal.keepBodies === 'errors' && !hasFailed) return;
  // An attempt that waits for a limit.
  if (end.status === 'PENDING' && !log.hasAttempt) return;
  const reply = hasFailed ? JSON.stringify({ error: { code: end.errorCode, message: end.errorMessage } }) : end.result;
  const call = input.type === 'chat' ? JSON.stringify(input.chat) : input.request;
  await bodies.record({
    requestId,
    tenantId,
    endUser: log.endUser,
    request: collect(call),
    reply: collect(reply),
    isStream: false,
    secrets: [],
  });
}

function collect(text: string): BodyCollector {
  const collector = new BodyCollector();
  collector.append(new TextEncoder().encode(text));
  return collector;
}
