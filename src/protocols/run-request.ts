import { GatewayError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { TargetedRequest } from '../gateway/run-route.ts';
import type { HttpContext } from '../http/context.ts';
import { createUpstreamErrorResponse } from './error-response.ts';
import { type CacheableCall, runCached } from './run-cached.ts';

/**
 * Responds to a request over its target, or over the targets of its route, or by an earlier reply. `send` makes one attempt: it passes the request through or
 * translates it, as the target needs it. An error of a provider to which the request was passed through is answered in the provider's
 * words.
 */
export async function runRequest(
  context: HttpContext,
  gateway: Gateway,
  call: CacheableCall,
  send: (request: TargetedRequest) => Promise<Response>,
): Promise<Response> {
  /** Of all attempts: the error of an earlier one may be the client's. */
  let passedErrors: Set<unknown> | undefined;
  try {
    return await runCached(context, gateway, call, async (targeted) => {
      // That of the attempt before it.
      context.set('translation', undefined);
      try {
        return await send(targeted);
      } catch (thrown) {
        if (!context.get('translation')) {
          passedErrors ??= new Set();
          passedErrors.add(thrown);
        }
        throw thrown;
      }
    });
  } catch (thrown) {
    const isPassed = thrown instanceof GatewayError && thrown.upstream && passedErrors?.has(thrown);
    if (isPassed) return createUpstreamErrorResponse(context, thrown);
    throw thrown;
  }
}
