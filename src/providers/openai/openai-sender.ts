import type { OpenAI } from 'openai';
import { GatewayError, invalidFieldError } from '../../domain/errors.ts';
import type { UpstreamObjectRequest, UpstreamRequest } from '../provider.ts';
import { connectionError, type Vendor } from '../provider-error.ts';
import { mapOpenAiErrorResponse } from './map-openai-error.ts';

interface SenderOptions {
  readonly vendor: Vendor;
  /** As the official client takes it: ends in `/v1`. */
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  /** What is wrong with `model` where the vendor does not have a path, by path. */
  readonly missingPaths?: Readonly<Record<string, string>> | undefined;
  /** The paths that a vendor may lack, and where its 404 is the client's, also one that is no JSON. */
  readonly optionalPaths?: readonly string[] | undefined;
}

/** Posts JSON below the base URL; resolves with a 2xx reply, its body unread, and throws a GatewayError for any other. */
export type Sender = (request: UpstreamRequest, signal: AbortSignal) => Promise<Response>;

type Exchange = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Creates a sender over the official client. The client is large: it is loaded with the first request. A request is sent
 * once, for retries are the gateway's.
 */
export function createSender(options: SenderOptions): Sender {
  const { name } = options.vendor;
  const post = createExchange(options, 'POST');
  let client: OpenAI | undefined;
  return async ({ path, body, headers }, signal) => {
    try {
      client ??= await createClient(options, post);
      const request = { body, headers: { 'content-type': 'application/json', ...headers }, signal };
      return await client.post(path, request).asResponse();
    } catch (thrown) {
      // The client wraps what its fetch throws.
      if (thrown instanceof Error && thrown.cause instanceof GatewayError) throw thrown.cause;
      throw connectionError(name, signal, thrown);
    }
  };
}

/** Creates what reads and deletes objects that the vendor stores. */
export function createObjectRequester(
  options: SenderOptions,
): (request: UpstreamObjectRequest, signal: AbortSignal) => Promise<Response> {
  const { name } = options.vendor;
  const headers = createHeaders(options.vendor);
  const baseUrl = options.baseUrl.replace(/\/$/, '');
  return async ({ method, path }, signal) => {
    try {
      return await createExchange(options, method)(`${baseUrl}${path}`, { headers, signal });
    } catch (thrown) {
      throw thrown instanceof GatewayError ? thrown : connectionError(name, signal, thrown);
    }
  };
}

function createHeaders({ apiKey }: Vendor): Record<string, string> {
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'ai-aggregator',
    ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
  };
}

/** Creates a sender for clients' own bodies. It does without the official client, which saves half of a call's cost. */
export function createForwarder(options: SenderOptions): Sender {
  const { name } = options.vendor;
  const post = createExchange(options, 'POST');
  const baseUrl = options.baseUrl.replace(/\/$/, '');
  const ownHeaders = createHeaders(options.vendor);
  return async ({ path, body, headers }, signal) => {
    try {
      const sent = { ...headers, ...ownHeaders };
      if (typeof body === 'string') return await post(`${baseUrl}${path}`, { body, headers: sent, signal });
      const form = { ...sent, 'content-type': body.contentType };
      return await post(`${baseUrl}${path}`, { body: body.open(), headers: form, signal });
    } catch (thrown) {
      throw thrown instanceof GatewayError ? thrown : connectionError(name, signal, thrown);
    }
  };
}

/** Reads failures itself, for the official client drops what a compatible vendor writes outside `error`. */
function createExchange(
  { vendor, fetch, missingPaths = {}, optionalPaths = [] }: SenderOptions,
  method: 'GET' | 'POST' | 'DELETE',
): Exchange {
  return async (url, init) => {
    const response = await fetch(url, { ...init, method, redirect: 'manual' });
    if (response.ok) return response;
    const error = await mapOpenAiErrorResponse(response, vendor);
    const problem = Object.entries(missingPaths).find(([path]) => url.endsWith(path))?.[1];
    // `not_found` is a model that the vendor does not have, at a path that it has.
    const isMissing = [404, 405, 501].includes(response.status) && error.code !== 'not_found';
    if (problem !== undefined && isMissing) throw invalidFieldError(['model'], problem);
    const isOptional = optionalPaths.some((path) => url.endsWith(path));
    throw isOptional && response.status === 404 && !error.upstream ? missingPathError(vendor, error) : error;
  };
}

/** The 404 of a server without the path, whose page is not for clients. */
function missingPathError({ name }: Vendor, { report }: GatewayError): GatewayError {
  const message = `${name} does not have this route, or not this model (status 404).`;
  return new GatewayError('not_found', message, { origin: 'provider', report });
}

async function createClient({ vendor, baseUrl }: SenderOptions, post: Exchange): Promise<OpenAI> {
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
  // In place of the client's own deadline, and of a signal of its own that follows the caller's through a weak reference only.
  client.fetchWithTimeout = (url, init) => post(String(url), init ?? {});
  return client;
}
