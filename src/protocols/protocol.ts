import type { GatewayError } from '../domain/errors.ts';
import type { LimitStatus } from '../domain/limits.ts';
import type { ModelFacts } from '../providers/model-facts.ts';

/** A wire protocol that clients speak. */
export interface ClientProtocol {
  /** Identifies the protocol to readers and tests. No code compares it. */
  readonly name: string;
  /** Runs once for each request, so it stays cheap. The first protocol that matches has the request. */
  matches(request: ProtocolRequest): boolean;
  /** The JSON body of an error response. */
  errorBody(error: GatewayError, requestId: string): object;
  /** The server-sent event that ends a stream in mid-reply, as text. `sequenceNumber` is set where the stream numbers its events. */
  errorEvent(error: GatewayError, requestId: string, sequenceNumber?: number): string;
  /** The protocol's own headers for one limit, beside `RateLimit` and `RateLimit-Policy`. */
  rateLimitHeaders(status: LimitStatus, nowMs: number): [name: string, value: string][];
  /** The header that carries the request id, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** The headers that browsers may send and read, beside those of every route. */
  readonly corsHeaders: { readonly allow: readonly string[]; readonly expose: readonly string[] };
  /** The client's headers that go to a provider of the same protocol. Absent: none. No other header does. */
  readonly forwardedHeaders?: {
    readonly always: readonly string[];
    /** Those that name the vendor's account: only with the tenant's own API key for the vendor. */
    readonly byok: readonly string[];
  };
  /** How the protocol lists models. Absent: it does not. */
  readonly models?: ModelsFormat;
}

/** The part of a request that tells its protocol. Hono's request has this shape. */
export interface ProtocolRequest {
  readonly path: string;
  header(name: string): string | undefined;
}

/** How a protocol lists models. */
export interface ModelsFormat {
  /** The path of the list; one model is at `{path}/{id}`. Protocols may share a path. */
  readonly path: string;
  /** `query` is that of the request. Throws `invalid_request` that names a parameter. */
  encodeModels(models: readonly ListedModel[], query: URLSearchParams): object;
  encodeModel(model: ListedModel): object;
}

/** What a list names as the owner of a route. */
export const routeOwner = 'route';

/** A model or a route that a key may use. */
export interface ListedModel {
  /** The name by which clients request it: `gpt-4o-mini`, `groq/llama-3.3-70b`, the name of a route. */
  readonly id: string;
  /** The provider's id; `routeOwner` for a route. */
  readonly owner: string;
  /** The most tokens of a request and its reply; undefined where it is not known. */
  readonly contextWindow: number | undefined;
  /** Undefined for a model of which nothing but its name is known. */
  readonly facts: ModelFacts | undefined;
}

declare module 'hono' {
  interface ContextVariableMap {
    /** The protocol of the client. The request-context middleware sets it. */
    protocol: ClientProtocol;
  }
}

/** Returns the first protocol that matches a request. Throws where none does: the last one has to match all. */
export function findClientProtocol(protocols: readonly ClientProtocol[], request: ProtocolRequest): ClientProtocol {
  for (const protocol of protocols) if (protocol.matches(request)) return protocol;
  throw new Error('No client protocol matches the request.');
}
