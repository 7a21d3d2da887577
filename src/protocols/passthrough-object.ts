import type { Gateway } from '../gateway/gateway.ts';
import type { ObjectRequest } from '../gateway/request-object.ts';
import type { HttpContext } from '../http/context.ts';
import { createReply, withUpstreamErrors } from './passthrough.ts';

/** Responds with an object of a provider's account as the provider sent it, also where it sent an error. */
export async function passthroughObject(
  context: HttpContext,
  gateway: Gateway,
  request: Omit<ObjectRequest, 'signal'>,
): Promise<Response> {
  return await withUpstreamErrors(context, async () => {
    const { body, headers } = await gateway.requestObject({ ...request, signal: context.get('clientSignal') });
    return createReply(body, headers);
  });
}
