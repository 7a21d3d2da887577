import { GatewayError, invalidFieldError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { HttpContext } from '../../http/context.ts';
import type { Provider } from '../../providers/provider.ts';
import { maxConversationResponses, type ResponseStore } from '../../responses-store/response-store.ts';
import { passthroughObject } from '../passthrough-object.ts';
import { listResponseItems } from './list-response-items.ts';

interface ResponseKey {
  readonly tenantId: string;
  readonly id: string;
}

/** `GET /v1/responses/{id}`, as OpenAI's. */
export function getStoredResponse(gateway: Gateway, responses: ResponseStore) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    if (context.req.query('stream') === 'true') {
      throw invalidFieldError(['stream'], 'must be left out: only a response in the background can be streamed again');
    }
    const found = await responses.find(key);
    if (found?.type === 'stored') {
      return new Response(found.json, { headers: { 'content-type': 'application/json' } });
    }
    const provider = await findProvider(context, gateway, found?.provider);
    return provider ? await passthroughResponse(context, gateway, provider, 'GET') : throwUnknown(key.id);
  };
}

/** `DELETE /v1/responses/{id}`, as OpenAI's. */
export function deleteStoredResponse(gateway: Gateway, responses: ResponseStore) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
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
export function listStoredInputItems(gateway: Gateway, responses: ResponseStore) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    // A response that may not be continued any more has its items all the same.
    const options = { maxResponses: maxConversationResponses + 1, allowsGaps: true };
    const conversation = await responses.findConversation(key, options);
    switch (conversation.type) {
      case 'found':
        return context.json(listResponseItems(toInputItems(conversation.turns), new URL(context.req.url).searchParams));
      case 'not_found': {
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

/** `POST /v1/responses/{id}/cancel`, as OpenAI's: no response runs in the background. */
export function cancelStoredResponse(responses: ResponseStore) {
  return async (context: HttpContext): Promise<Response> => {
    const key = readKey(context);
    if (!(await responses.find(key))) throwUnknown(key.id);
    throw new GatewayError('invalid_request', 'Only a response that was created with background can be cancelled.');
  };
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
  throw new GatewayError('not_found', `There is no response ${id.slice(0, 64)}.`);
}
