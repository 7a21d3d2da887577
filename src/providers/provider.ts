import type { ChatRequest } from '../domain/request.ts';
import type { ChatResponse, StreamEvent } from '../domain/response.ts';
import type { ProviderDescriptor, WireProtocol } from './descriptor.ts';

/** The provider's side of a translation, as far as fields depend on it. */
export interface TranslationTarget {
  readonly protocol: WireProtocol;
  /** Whether the vendor takes `top_k` where its protocol does not have it. */
  readonly hasTopK?: boolean | undefined;
}

/**
 * The contract between the gateway and a provider. A provider knows a vendor's protocol and nothing else: it sends, and
 * it reads bytes that are given to it. Deadlines, the reading loop, metering, prices and the ledger are the gateway's, so
 * that they hold for every provider alike, translated or passed through.
 */
export interface Provider {
  /** What callers write as `provider`: `openai`, `claude`, `ollama`, `stub`, or a compatible provider's name. */
  readonly id: string;
  /** For people: `OpenAI`. */
  readonly name: string;
  /** What the price list calls the vendor; null: its calls cost nothing. */
  readonly pricingVendor: string | null;
  /** What the translation of a client's fields depends on. */
  readonly translationTarget: TranslationTarget;
  /** Whether it uses the tenant's own API key. Absent: it does not. */
  readonly isByok?: boolean | undefined;
  /** Whether its errors may name the operator's account, so that they are masked before a client gets them. */
  readonly masksErrors?: boolean | undefined;
  /** Used where the caller names no model; absent where a caller must name one. */
  readonly defaultModel: string | undefined;
  /** Hashes what tells the vendor's account from others: the vendor, its base URL, the API key, and whether a tenant brought it. */
  hashAccount?(hash: (text: string) => string): string;

  /**
   * Translates and sends a request. Resolves when the provider has answered 2xx with its headers, the body unread; throws a
   * GatewayError (`invalid_request`, `not_found`, `rate_limited`, `payload_too_large`, `provider_error`,
   * `provider_timeout`) where it did not, or where the vendor cannot express the request.
   */
  send(request: ChatRequest, options: SendOptions): Promise<Response>;

  /**
   * Sends a body that is already in this provider's protocol to one of its endpoints. Resolves and throws like `send`.
   * Absent where the provider has no protocol that clients speak.
   */
  forward?(request: UpstreamRequest, options: SendOptions): Promise<Response>;

  /**
   * Reads or deletes an object that the provider stores. Resolves and throws like `send`. Absent where the gateway knows none.
   */
  requestObject?(request: UpstreamObjectRequest, signal: AbortSignal): Promise<Response>;

  /**
   * Lists the names of the vendor's models, with the operator's key the public ones only. Rejects with a GatewayError, or with the
   * reason of the signal. Absent where the gateway knows no list.
   */
  listModels?(signal: AbortSignal): Promise<readonly string[]>;

  /** Those of the endpoints that clients know to which `forward` sends. */
  readonly endpoints?: Readonly<Partial<Record<EndpointName, Endpoint>>> | undefined;

  /**
   * Whether the vendor wants parts of its replies back that a client may not have kept: then they are looked up by the ids of
   * tool calls. Absent: it does not.
   */
  needsContinuation?(request: Pick<ChatRequest, 'model' | 'reasoningEffort'>): boolean;

  /** Returns the field of Chat Completions that bounds the output of a model. Absent: `max_tokens`. */
  getMaxTokensField?(model: string): string;

  /** Whether the vendor wants its reasoning back as `reasoning_content`. Absent: it refuses the field, or ignores it. */
  readonly wantsReasoning?: boolean | undefined;

  /** Returns what stands for the signature of a tool call, for a model that refuses a call without one. */
  placeholderSignature?(model: string): string | undefined;

  /**
   * Reads the body of a whole reply to a request. Throws `provider_error` where it is not what the protocol promises. `request`
   * is what `send` got, for a vendor whose replies mean something else after some requests.
   */
  decodeResponse(body: string, request?: Omit<ChatRequest, 'model'>): ChatResponse;

  /**
   * A fresh decoder for one streamed reply of this provider to a request. It throws where a part of the reply's content cannot be
   * read.
   */
  createDecoder(request?: Omit<ChatRequest, 'model'>): StreamDecoder;
}

/** How a vendor is reached. */
export interface ProviderOptions {
  readonly descriptor: ProviderDescriptor;
  /** The descriptor's, where configuration does not move it. */
  readonly baseUrl: string;
  /** Absent for a vendor that needs none. */
  readonly apiKey?: string | undefined;
  /** Whether the key is the tenant's own. Absent: it is the operator's. */
  readonly isByok?: boolean | undefined;
  /** The runtime's where it is absent. */
  readonly fetch?: typeof fetch | undefined;
}

/** Endpoints of OpenAI's protocol for pictures and audio. */
export type MediaEndpointName =
  | 'imageGenerations'
  | 'imageEdits'
  | 'imageVariations'
  | 'speech'
  | 'transcriptions'
  | 'translations';

/** Endpoints of OpenAI's protocol, and Anthropic's `messages` and `messages/count_tokens`. */
export type EndpointName =
  | 'chat'
  | 'completions'
  | 'embeddings'
  | 'moderations'
  | 'responses'
  | 'compactResponses'
  | 'messages'
  | 'countTokens'
  | MediaEndpointName;

/** What is read on the side of a whole reply that is passed through. */
export type EndpointReply = Pick<ChatResponse, 'finishReason' | 'usage' | 'reportedModel' | 'refusal'> & {
  /** Absent where the reply is no text. */
  readonly content?: ChatResponse['content'];
};

/** An endpoint to which a client's own body can be sent, and how its reply is read on the side. */
export interface Endpoint {
  /** Below the provider's base URL: `/chat/completions`. */
  readonly path: string;
  /** Whether its replies are no text whose tokens can be estimated: what the provider does not count has no price. */
  readonly isMedia?: boolean | undefined;
  /** Whether a stream counts its tokens only where `stream_options.include_usage` asks for that. */
  readonly needsIncludeUsage?: boolean | undefined;
  /** Reads a whole reply's body. Throws `provider_error` where it is not what the protocol promises. */
  decodeResponse(body: string): EndpointReply;
  /**
   * A fresh decoder for one streamed reply, which meters it on the side: it skips what it cannot read, and throws only an error
   * that the provider sent. `replies` is how many choices the request asks for. Absent where the endpoint has no streams.
   */
  createDecoder?(replies?: number): StreamDecoder;
  /**
   * Marks what the vendor is to cache of a prompt, and returns the body as it is where the client has marked any. `body` is the parsed
   * text. Absent where the vendor caches by itself, or not at all.
   */
  markPromptCache?(text: string, body: Readonly<Record<string, unknown>>): string;
}

export interface SendOptions {
  /** Whether the reply is asked for as a stream. */
  readonly stream: boolean;
  /** Aborts the request and the reading of its reply. */
  readonly signal: AbortSignal;
}

export interface UpstreamRequest {
  /** Below the provider's base URL: `/chat/completions`, `/embeddings`, `/responses`, `/v1/messages`, … */
  readonly path: string;
  /** The caller's JSON, byte for byte, or a form. */
  readonly body: string | FormBody;
  /** Headers of the caller's that belong to the protocol, such as `anthropic-beta`. Never credentials. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request for an object in the provider's account. */
export interface UpstreamObjectRequest {
  readonly method: 'GET' | 'DELETE';
  /** Below the provider's base URL, with the query: `/responses/resp_1?include=…` */
  readonly path: string;
}

/** A multipart form. */
export interface FormBody {
  /** With the boundary. */
  readonly contentType: string;
  /** Opens the stream of its bytes, once. */
  open(): ReadableStream<Uint8Array>;
}

/**
 * Turns the bytes of one streamed reply into events, however the network cut them: in the middle of a line, of a line
 * break, of a character. Synchronous and without I/O, so that the same decoder reads a stream that is translated and
 * meters one that passes through.
 */
export interface StreamDecoder {
  /**
   * Appends the events that these bytes complete. A frame that is no JSON object says nothing: vendors and proxies keep streams
   * alive by `null`, `ping` or `: keepalive`. Throws a GatewayError for an error that the provider sent in mid-stream, having
   * appended what stood before it.
   */
  push(bytes: Uint8Array, events: StreamEvent[]): void;
  /**
   * To be called at the end of the body. Throws `provider_error` if the protocol's terminator has not come. `isClean` is
   * false where the connection broke: then nothing but the terminator completes a stream.
   */
  end(events: StreamEvent[], isClean?: boolean): void;
  /** The number that an event behind those that were read would have, where the protocol numbers them. */
  readonly nextEventNumber?: number | undefined;
}
