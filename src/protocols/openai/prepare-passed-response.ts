import type { Compactions } from '../../gateway/continuity/compactions.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import type { TranslationContext } from '../translate-fields.ts';
import { continueStoredResponse, type PassedBody } from './continue-stored-response.ts';
import { openResponsesOpaqueValues } from './open-responses-opaque-values.ts';
import { rejectUnrecordedIds } from './recorded-responses.ts';
import { rejectStoredObjectsOfResponses } from './reject-openai-stored-objects.ts';

interface PassedRequest extends PassedBody {
  readonly responses: ResponseStore;
  readonly tenantId: string;
  readonly target: Target;
}

/**
 * Resolves with a Responses request as a provider that has Responses can take it: with the items of a response that the gateway stores.
 * Throws `not_found` for an object in the operator's account that does not belong to the tenant, `invalid_request` for a conversation
 * that is too long.
 */
export async function continuePassedResponse({ text, body, ...request }: PassedRequest): Promise<PassedBody> {
  const { responses, tenantId, target } = request;
  const continued = await continueStoredResponse(responses, tenantId, { text, body });
  await rejectUnrecordedIds({ ...request, body: continued.body });
  rejectStoredObjectsOfResponses(continued, target);
  return continued;
}

/** Resolves with a Responses request as a provider gets it: as `continuePassedResponse` does, and without the gateway's opaque values. */
export async function preparePassedResponse(
  context: TranslationContext,
  compactions: Compactions,
  request: PassedRequest,
): Promise<PassedBody> {
  return await openResponsesOpaqueValues(context, compactions, await continuePassedResponse(request));
}
