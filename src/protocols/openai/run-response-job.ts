import * as z from 'zod';
import type { ResponseJobInput } from '../../db/queries/response-jobs.ts';
import { toResponseId } from '../../domain/job.ts';
import type { FinishReason } from '../../domain/response.ts';
import type { GatewayRequest } from '../../gateway/gateway-request.ts';
import type { JobAttempt, JobReply } from '../../jobs/job-dependencies.ts';
import { toRequestedModel } from '../../jobs/requested-model.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { applyRoute } from '../apply-route.ts';
import { createReductionHint } from '../create-gateway-request.ts';
import { createStoredItems } from './create-stored-items.ts';
import { parsePreviousId } from './find-previous-items.ts';
import { forwardResponse } from './forward-response-job.ts';
import { responsesParamFields } from './openai-param-fields.ts';
import { type ResponseRun, type RunResult, toIdSuffix } from './response-run.ts';
import { translateResponse } from './translate-response-job.ts';

const messageSchema = z.object({
  type: z.literal('message'),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
});

/** Returns what runs the Responses request of a job: passed through to a provider that has Responses, else translated. */
export function createResponseRunner(responses: ResponseStore) {
  return async (attempt: JobAttempt, { request: text }: ResponseJobInput): Promise<JobReply> => {
    const { gateway, requestId, job, log, signal, waitUntil } = attempt;
    const { background: _, ...body }: ResponseRun['body'] = JSON.parse(text);
    const request: GatewayRequest = {
      requestId,
      principal: job.principal,
      source: 'job',
      ...toRequestedModel(job),
      ...log.attribution,
      log,
      signal,
      waitUntil,
      reductionHint: createReductionHint(body, ['max_output_tokens']),
    };
    const readResponse = await gateway.run(request, async (targeted) => {
      const routed = applyRoute({ text, body }, targeted, responsesParamFields);
      const { background: __, ...routedBody } = routed.body;
      const run = { attempt, responses, request: targeted, text: routed.text, body: routedBody };
      const endpoint = targeted.target.provider.endpoints?.responses;
      return endpoint ? await forwardResponse(run, endpoint) : await translateResponse(run);
    });
    const { response, input } = await readResponse();
    const { output, ...reply } = response;
    const row = await responses.prepare({
      tenantId: job.tenantId,
      id: toResponseId(job.id),
      previousId: parsePreviousId(body),
      input: JSON.stringify(createStoredItems(input, toIdSuffix(attempt))),
      output: JSON.stringify(output),
      reply: JSON.stringify(reply),
    });
    return { result: joinOutputText(output), finishReason: readFinishReason(response), response: row };
  };
}

/** Returns the finish reason of a job. Of a refusal, which is a whole reply, it is `stop`: the webhook of the job goes by it. */
function readFinishReason({ status, incomplete_details: details, output }: RunResult['response']): FinishReason {
  if (status === 'incomplete') return details?.reason === 'content_filter' ? 'content_filter' : 'length';
  const isCall = z.object({ type: z.enum(['function_call', 'custom_tool_call']) });
  return output.some((item) => isCall.safeParse(item).success) ? 'tool_calls' : 'stop';
}

function joinOutputText(output: readonly unknown[]): string {
  return output
    .flatMap((item) => messageSchema.safeParse(item).data?.content ?? [])
    .map(({ type, text = '' }) => (type === 'output_text' ? text : ''))
    .join('');
}
