import type { ResponseJob } from '../../db/queries/response-jobs.ts';
import { GatewayError } from '../../domain/errors.ts';
import { toResponseId } from '../../domain/job.ts';
import type { HttpContext } from '../../http/context.ts';
import { escapeLineBreaks } from '../../lib/to-json-line.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import type { RouteDependencies } from '../protocol-route.ts';
import { streamJobEvents } from '../stream-job-events.ts';
import { BackgroundStreamEncoder, isLastEvent } from './encode-openai-background-stream.ts';
import { openAiProtocol } from './openai-protocol.ts';

interface StreamDependencies {
  readonly jobs: Pick<RouteDependencies['jobs'], 'database'>;
  readonly responses: ResponseStore;
}

/** Responds with the events of a response in the background after the number `startingAfter`, as `streamJobEvents` does. */
export function streamBackgroundResponse(
  context: HttpContext,
  { jobs: { database }, responses }: StreamDependencies,
  responseJob: ResponseJob,
  startingAfter = -1,
): Response {
  const { job } = responseJob;
  const requestId = context.get('requestId');
  const encoder = new BackgroundStreamEncoder(responseJob, startingAfter);
  return streamJobEvents(context, {
    database,
    job,
    // The number of an event is how many come before it.
    after: 0,
    encoder: {
      async encode(event) {
        if (!isLastEvent(event)) return encoder.encode(event);
        const isCompleted = event.data.status === 'COMPLETED';
        return encoder.end(event, isCompleted ? await readStored(responses, job) : undefined);
      },
      encodeError: (error) => openAiProtocol.errorEvent(error, requestId, encoder.nextSequenceNumber),
    },
  });
}

/** Resolves with the JSON of a completed response, on one line. */
async function readStored(responses: ResponseStore, { id, tenantId }: ResponseJob['job']): Promise<string> {
  const found = await responses.find({ tenantId, id: toResponseId(id) });
  if (found?.type !== 'stored') throw new GatewayError('not_found', 'The response is no longer stored.');
  return escapeLineBreaks(found.json);
}
