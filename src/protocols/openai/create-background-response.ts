import * as z from 'zod';
import { checkScope } from '../../auth/check-scope.ts';
import { findResponseJob } from '../../db/queries/response-jobs.ts';
import { GatewayError, invalidFieldError } from '../../domain/errors.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { readIdempotencyKey } from '../../http/read-idempotency-key.ts';
import { toRequestedModel } from '../../jobs/requested-model.ts';
import { submitJobs } from '../../jobs/submit-jobs.ts';
import { findWebhookUrlProblem, type WebhookUrlRules } from '../../lib/webhook-url.ts';
import { readRequestAttribution } from '../create-gateway-request.ts';
import type { RouteDependencies } from '../protocol-route.ts';
import { readModels } from '../read-models.ts';
import { createResponseSettings } from './create-response-settings.ts';
import { encodeBackgroundResponse } from './encode-openai-background-response.ts';
import { parsePreviousId } from './find-previous-items.ts';
import { responsesRequestSchema } from './openai-responses-request-schema.ts';
import { continuePassedResponse } from './prepare-passed-response.ts';
import { streamBackgroundResponse } from './stream-background-response.ts';
import { translateOpenAiResponses } from './translate-openai-responses.ts';

type Body = Readonly<Record<string, unknown>>;

interface ClientRequest {
  readonly text: string;
  readonly body: Body;
}

const webhookHeader = 'x-gateway-webhook-url';

/**
 * Returns what answers `POST /v1/responses` with `background: true`: it makes a job of the request, and responds with the response that
 * is queued, or with its events. Throws `invalid_request` where the response could not be read later, because it is not stored.
 */
export function createBackgroundResponder({ gateway, jobs, responses, local }: RouteDependencies) {
  return async (context: HttpContext, { text, body: sentBody }: ClientRequest): Promise<Response> => {
    const principal = context.get('principal');
    checkScope(principal, ['jobs']);
    rejectUnstored(sentBody, responses.isEnabled(principal));
    const { background: _, ...body } = sentBody;
    const model = typeof body.model === 'string' ? body.model : undefined;
    const models = readModels(context, gateway, body, model);
    const attribution = readRequestAttribution(context, body, { source: 'job', model, models });
    const target = await gateway.chooseTarget({
      principal,
      models,
      ...attribution,
      ...gateway.registry.parseModel(model, context.get('principal')),
    });
    const settings = await createSettings(context, { gateway, responses }, { target, text, body });
    const [submitted] = await submitJobs(jobs, principal, [
      {
        type: 'RESPONSE',
        ...toRequestedModel({ provider: target.provider.id, model: target.model, models: target.models ?? null }),
        attribution,
        response: { request: text, settings: JSON.stringify(settings) },
        webhookUrl: readWebhookUrl(context, { local }),
        idempotencyKey: readIdempotencyKey(context),
      },
    ]);
    if (!submitted) throw new GatewayError('internal');
    const { job, replayed } = submitted;
    // That of a request that is repeated has the settings of the first.
    const responseJob = await findResponseJob(jobs.database, principal.tenantId, job.id);
    if (!responseJob)
      throw new GatewayError('conflict', 'The response of this Idempotency-Key has been deleted: use another key.');
    context.set('report', { provider: job.provider, model: job.model });
    if (replayed) context.header('idempotent-replayed', 'true');
    if (body.stream === true) return streamBackgroundResponse(context, { jobs, responses }, responseJob);
    return context.body(encodeBackgroundResponse({ ...responseJob, job }), 200, { 'content-type': 'application/json' });
  };
}

function rejectUnstored({ store }: Body, isStored: boolean): void {
  if (store === false) {
    throw invalidFieldError(
      ['store'],
      'must be left out, or true, with background: a response in the background is stored',
    );
  }
  if (!isStored) {
    const fix = 'set RESPONSE_RETENTION_DAYS and storeResponses of the tenant, or leave background out';
    throw invalidFieldError(['background'], `needs stored responses, which are off here: ${fix}`);
  }
}

/** Checks a request as the synchronous route does, and resolves with what its response repeats of it. */
async function createSettings(
  context: HttpContext,
  { gateway: { compactions }, responses }: Pick<RouteDependencies, 'gateway' | 'responses'>,
  { target, text, body }: ClientRequest & { readonly target: Target },
): Promise<object> {
  if (!target.provider.endpoints?.responses) {
    const translated = await translateOpenAiResponses(context, responses, { target, compactions, text, body });
    const { previousResponseId: previous_response_id, fields } = translated;
    return { previous_response_id, ...createResponseSettings(fields, translated.body) };
  }
  const { tenantId } = context.get('principal');
  await continuePassedResponse({ responses, tenantId, target, text, body });
  return { previous_response_id: parsePreviousId(body), ...createResponseSettings(passedSchema.parse(body), body) };
}

const { shape } = responsesRequestSchema;

/** The provider checks a request that is passed through: a field that it will refuse is left out until then. */
const passedSchema = z.object({
  instructions: shape.instructions.catch(undefined),
  max_output_tokens: shape.max_output_tokens.catch(undefined),
  parallel_tool_calls: shape.parallel_tool_calls.catch(undefined),
  temperature: shape.temperature.catch(undefined),
  top_p: shape.top_p.catch(undefined),
  presence_penalty: shape.presence_penalty.catch(undefined),
  frequency_penalty: shape.frequency_penalty.catch(undefined),
  reasoning: shape.reasoning.catch(undefined),
  safety_identifier: shape.safety_identifier.catch(undefined),
  tools: shape.tools,
  tool_choice: shape.tool_choice,
});

/** Reads where the end of the response is announced; undefined: at the URL of the tenant, if it has one. */
function readWebhookUrl(context: HttpContext, rules: WebhookUrlRules): string | undefined {
  const url = context.req.header(webhookHeader);
  const problem = url === undefined ? undefined : findWebhookUrlProblem(url, rules);
  if (problem !== undefined) throw new GatewayError('invalid_request', `${webhookHeader}: ${problem}.`);
  return url;
}
