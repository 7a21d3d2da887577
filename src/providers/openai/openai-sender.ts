import type { OpenAI } from 'openai';
import { GatewayError } from '../../core/errors.ts';
import type { ForwardRequest } from '../provider.ts';
import { connectionError } from '../provider-error.ts';
import { responseError, type Vendor } from './vendor-failure.ts';

interface SenderOptions {
  readonly vendor: Vendor;
  /** As the official client takes it: ends in `/v1`. */
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
}

/** Posts JSON below the base URL; resolves with a 2xx reply, its body unread, and throws a GatewayError for any other. */
export type Sender = (request: ForwardRequest, signal: AbortSignal) => Promise<Response>;

/**
 * A sender over the official client, which is loaded with the first request, for it is large, and then kept. Each
 * request is sent once: whether to try again is the gateway's to say.
 */
export function createSender(options: SenderOptions): Sender {
  const { name } = options.vendor;
  let kept: OpenAI | undefined;
  return async ({ path, body, headers }, signal) => {
    try {
      kept ??= await createClient(options);
      const request = { body, headers: { 'content-type': 'application/json', ...headers }, signal };
      return await kept.post(path, request).asResponse();
    } catch (thrown) {
      // The client wraps what its fetch throws.
      if (thrown instanceof Error && thrown.cause instanceof GatewayError) throw thrown.cause;
      throw connectionError(name, signal, thrown);
    }
  };
}

async function createClient({ vendor, baseUrl, fetch }: SenderOptions): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  const client = new OpenAI({
    baseURL: baseUrl,
    // The client insists on a key; where the vendor wants none, its header is taken out again.
    apiKey: vendor.apiKey || 'none',
    defaultHeaders: vendor.apiKey ? {} : { authorization: null },
    // Left out, each of these would be looked up in the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
  });
  // In place of the client's own deadline, and of a signal of its own that follows the caller's through a weak reference
  // only. A failure is read here too, for the client drops what a compatible vendor writes outside `error`.
  client.fetchWithTimeout = async (url, init) => {
    const response = await fetch(url, { ...init, method: 'POST' });
    if (!response.ok) throw await responseError(response, vendor);
    return response;
  };
  return client;
}
