import { eraseResponse } from '../../db/queries/response-jobs.ts';
import { GatewayError, invalidFieldError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { HttpContext } from '../../http/context.ts';
import type { Provider } from '../../providers/provider.ts';
import { maxConversationResponses } from '../../responses-store/response-store.ts';
import { passthroughObject } from '../passthrough-object.ts';
import type { RouteDependencies } from '../protocol-route.ts';
import {
  cancelUnlessEnded,
  createBackgroundReply,
  createJsonResponse,
  findBackground,
  findQueuedTurn,
  type ResponseKey,
  unknownResponseError,
} from './background-responses.ts';
import { listResponseItems } from './list-response-items.ts';
import { streamBackgroundResponse } from './stream-background-response.ts';

/** `GET /v1/responses/{id}`, as OpenAI's: also while the response is made in the background, and its events. */
export function getStoredResponse({ gateway, jobs, responses }: RouteDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    if (context.req.query('stream') === 'true') {
      const startingAfter = readStartingAfter(context);
      const background = await findBackground(jobs, key);
      if (background) return streamBackgroundResponse(context, { jobs, responses }, background, startingAfter);
      throw invalidFieldError(['stream'], 'must be left out: only a response in the background can be streamed again');
    }
    const found = await responses.find(key);
    if (found?.type === 'stored') return createJsonResponse(found.json);
    const background = await findBackground(jobs, key);
    if (background) return await createBackgroundReply(responses, key, background);
    const provider = await findProvider(context, gateway, found?.provider);
    return provider ? await passthroughResponse(context, gateway, provider, 'GET') : throwUnknown(key.id);
  };
}

/** `DELETE /v1/responses/{id}`, as OpenAI's. */
export function deleteStoredResponse({ gateway, jobs, responses }: RouteDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    const background = await findBackground(jobs, key);
    if (background) {
      const { tenantId } = key;
      await cancelUnlessEnded(jobs, background);
      await eraseResponse(jobs.database, tenantId, background.job.id);
      await responses.delete(key);
      return context.json({ id: key.id, object: 'response', deleted: true });
    }
    const found = await responses.find(key);
    if (found?.type !== 'stored') {
      const provider = await findProvider(context, gateway, found?.provider);
      if (!provider) throwUnknown(key.id);
      const response = await passthroughResponse(context, gateway, provider, 'DELETE');
      if (response.ok && found) await responses.delete(key);
      return response;
    }
    if (!(await responses.delete(key))) throwUnknown(key.id);
    return context.json({ id: key.id, object: 'response', deleted: true });
  };
}

/** `GET /v1/responses/{id}/input_items`, as OpenAI's: all that the model has read, also of the responses before. */
export function listStoredInputItems({ gateway, jobs, responses }: RouteDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    // A response that may not be continued any more has its items all the same.
    const options = { maxResponses: maxConversationResponses + 1, allowsGaps: true };
    const conversation = await responses.findConversation(key, options);
    switch (conversation.type) {
      case 'found':
        return context.json(listResponseItems(toInputItems(conversation.turns), new URL(context.req.url).searchParams));
      case 'not_found': {
        const query = new URL(context.req.url).searchParams;
        const queued = await findQueuedTurn(jobs, key);
        if (queued) {
          const { previousId, input } = queued;
          const before =
            previousId === null ? undefined : await responses.findConversation({ ...key, id: previousId }, options);
          const turns = before?.type === 'found' ? before.turns : [];
          return context.json(listResponseItems(toInputItems([...turns, { input, output: [] }]), query));
        }
        const found = await responses.find(key);
        const recordedAt = found?.type === 'recorded' ? found.provider : undefined;
        const provider = await findProvider(context, gateway, recordedAt);
        return provider
          ? await passthroughResponse(context, gateway, provider, 'GET', '/input_items')
          : throwUnknown(key.id);
      }
      default: {
        const message =
          'The items of this response are too many to list: those that it continues are larger than 10 MiB.';
        throw new GatewayError('unprocessable', message);
      }
    }
  };
}

/**
 * `POST /v1/responses/{id}/cancel`, as OpenAI's: responds with the response as it is then. One that has ended stays as it is. Throws
 * `invalid_request` for a response that was not made in the background.
 */
export function cancelStoredResponse({ jobs, responses }: RouteDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    const background = await findBackground(jobs, key);
    if (background) {
      await cancelUnlessEnded(jobs, background);
      const ended = await findBackground(jobs, key);
      return ended ? await createBackgroundReply(responses, key, ended) : throwUnknown(key.id);
    }
    if (!(await responses.find(key))) throwUnknown(key.id);
    throw new GatewayError('invalid_request', 'Only a response that was created with background can be cancelled.');
  };
}

function readStartingAfter(context: HttpContext): number | undefined {
  const text = context.req.query('starting_after');
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidFieldError(['starting_after'], 'must be the sequence_number of an event, a whole number');
}

interface Turn {
  readonly input: readonly unknown[];
  readonly output: readonly unknown[];
}

/** The output of the last response is no input. */
function toInputItems(turns: readonly Turn[]): unknown[] {
  return turns.flatMap(({ input, output }, index) => (index === turns.length - 1 ? input : [...input, ...output]));
}

/**
 * Resolves with the provider that has a response which the gateway does not store: with the operator's key the one for which it is
 * recorded, else the one for which the tenant has a key of its own.
 */
async function findProvider(
  context: HttpContext,
  gateway: Gateway,
  recordedAt: string | undefined,
): Promise<Provider | undefined> {
  if (recordedAt !== undefined) return gateway.registry.entries.find(({ id }) => id === recordedAt)?.provider;
  const providers = await gateway.findByokProviders(context.get('principal'));
  return providers.find(({ endpoints, requestObject }) => endpoints?.responses && requestObject);
}

async function passthroughResponse(
  context: HttpContext,
  gateway: Gateway,
  provider: Provider,
  method: 'GET' | 'DELETE',
  suffix = '',
): Promise<Response> {
  const { search } = new URL(context.req.url);
  const path = `/responses/${readKey(context).id}${suffix}${search}`;
  return await passthroughObject(context, gateway, { provider, method, path });
}

function readKey(context: HttpContext): ResponseKey {
  const id = context.req.param('id') ?? '';
  // What cannot be an id is not looked up.
  if (!/^[\w-]{1,256}$/.test(id)) throwUnknown(id);
  return { tenantId: context.get('principal').tenantId, id };
}

function throwUnknown(id: string): never {
  throw unknownResponseError(id);
}
