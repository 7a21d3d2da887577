import { GatewayError } from '../domain/errors.ts';
import type { Provider, UpstreamObjectRequest } from '../providers/provider.ts';
import { selectReplyHeaders } from '../providers/reply-headers.ts';

/** A request for an object that a provider stores. It costs nothing, and has no row in the ledger. */
export interface ObjectRequest extends UpstreamObjectRequest {
  readonly provider: Provider;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/** An object as its provider sent it. */
export interface ObjectResponse {
  readonly body: ArrayBuffer;
  /** Those of the provider's headers that the client gets. */
  readonly headers: readonly [name: string, value: string][];
}

/** Sends the request and reads the whole response. Rejects with the provider's error, and `provider_timeout` after `maxMs`. */
export async function requestObject(
  { provider, method, path, signal }: ObjectRequest,
  maxMs: number,
): Promise<ObjectResponse> {
  if (!provider.requestObject) throw new GatewayError('internal');
  const timeout = AbortSignal.timeout(maxMs);
  try {
    const response = await provider.requestObject({ method, path }, AbortSignal.any([signal, timeout]));
    return { body: await response.arrayBuffer(), headers: selectReplyHeaders(response.headers) };
  } catch (error) {
    if (timeout.aborted) throw new GatewayError('provider_timeout', undefined, { cause: error });
    throw error;
  }
}
