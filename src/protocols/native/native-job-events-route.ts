import { findJob } from '../../db/queries/jobs.ts';
import { GatewayError } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import type { HttpContext } from '../../http/context.ts';
import type { JobDependencies } from '../../jobs/job-dependencies.ts';
import { type JobEventEncoder, streamJobEvents } from '../stream-job-events.ts';
import { createErrorEvent, encodeNativeEvent } from './native-event-writer.ts';
import { parseJobId, unknownJobError } from './parse-job-id.ts';

/**
 * `GET /api/jobs/{id}/events`: what happens to a job as server-sent events with an `id`, until its final status. With
 * `Last-Event-ID` it goes on after that event, on any isolate. Answers 204, at which browsers stop coming back, where
 * nothing can come any more.
 */
export function getJobEvents({ database }: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const id = parseJobId(context);
    const after = readLastEventId(context);
    const job = await findJob(database, context.get('principal').tenantId, id);
    if (!job) throw unknownJobError(id);
    if (isFinal(job) && job.eventCount <= after) return context.body(null, 204);
    return streamJobEvents(context, { database, job, after, encoder: createEncoder(context.get('requestId')) });
  };
}

function createEncoder(requestId: string): JobEventEncoder {
  return {
    encode({ number, type, data: { events: _, ...data } }) {
      // Reasoning and tool calls of a response are no text.
      return data.content === '' ? '' : encodeNativeEvent({ type, ...data }, number);
    },
    encodeError: (error) =>
      error.code === 'internal' ? undefined : encodeNativeEvent(createErrorEvent(error, requestId)),
  };
}

function readLastEventId(context: HttpContext): number {
  const id = context.req.header('last-event-id')?.trim() ?? '';
  if (/^\d{0,9}$/.test(id)) return Number(id);
  throw new GatewayError('invalid_request', 'Last-Event-ID: must be the id of an event of this job, a whole number.');
}
