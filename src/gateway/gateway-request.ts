import type { GatewayError } from '../domain/errors.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import type { ChatRequest } from '../domain/request.ts';
import type { RequestReport } from '../domain/request-report.ts';
import type { ChatResponse, FinishReason, TokenUsage } from '../domain/response.ts';
import type { Route, RouteTarget } from '../domain/route.ts';
import type { StreamEnd } from '../domain/stream-end.ts';
import type { AdmissionRequest, MaxUsage, Reservation } from '../limits/types.ts';
import type { Endpoint, Provider, UpstreamRequest } from '../providers/provider.ts';
import type { LoggedRequest } from '../request-log/logged-request.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import type { Attribution } from './attribution.ts';
import type { Timeouts } from './deadlines.ts';
import type { Prompt } from './read-prompt.ts';

/** The provider and the model that answer a request. */
export interface Target {
  readonly provider: Provider;
  readonly model: string;
}

/** The size of a request, as far as it is known before the request is sent. */
export interface RequestSize {
  /** Estimated input tokens. */
  readonly input: number;
  /** The bound on output tokens; undefined: as many as the model can write. */
  readonly maxOutput: number | undefined;
  /** How many choices are requested. One, where it is absent. */
  readonly replies?: number | undefined;
  /** How often the reply repeats its input, which some vendors count as output. Never, where it is absent. */
  readonly echoes?: number | undefined;
  /** The media that input and output may consist of, where they are not text. */
  readonly inputMedia?: 'image' | 'audio' | undefined;
  readonly outputMedia?: 'image' | 'audio' | undefined;
  /** Whether parts of the prompt are written to the provider's cache, which may cost more. */
  readonly caches?: boolean | undefined;
  /** Whether the provider may summarise the prompt before it replies, and bill both. */
  readonly compacts?: boolean | undefined;
  /** Whether the request asks for something that no price list covers, or whose number nothing bounds. */
  readonly unpriced?: boolean | undefined;
  /** Estimated tokens of predicted output, which is billed as output where the model rejects it. */
  readonly predicted?: number | undefined;
  /** Whether the provider adds input that is not in the request: up to the model's context window. */
  readonly hasHiddenInput?: boolean | undefined;
  /** A context window that the request asks for. */
  readonly minContextWindow?: number | undefined;
  /** How many inputs have the context window to themselves. One, where it is absent. */
  readonly separateInputs?: number | undefined;
}

/** The size of a request before its prompt is measured. */
export interface UnmeasuredRequest extends Omit<RequestSize, 'input' | 'predicted' | 'hasHiddenInput'> {
  /** Or the number of its tokens. */
  readonly input: Prompt | number;
}

/** The attempts of one request over the targets of a route, as far as one of them needs to know. See `AttemptSeries`. */
export interface RequestSeries {
  readonly routeName: string | undefined;
  /** When the request started. */
  readonly startedAtMs: number;
  /** The number of the attempt, from 1. */
  readonly number: number;
  /** Whether a stream is not shown to the client before it has content, because another target can still answer. */
  readonly isHeld: boolean;
  /** The fields that the target gets where the client has not set them. */
  readonly params: RouteTarget['params'];
  /** Whether what vendors can cache of a prompt is marked. */
  readonly promptCache: Route['promptCache'];
  /** Returns the time-outs of the attempt. */
  boundTimeouts(timeouts: Timeouts): Timeouts;
  /** Reserves what the attempt may cost. Rejects as `Admission.admit` does. */
  reserve(request: AdmissionRequest, estimate: (target: Target) => MaxUsage | Promise<MaxUsage>): Promise<Reservation>;
  /** Takes the ledger record of an attempt, by its number. */
  record(number: number, record: UsageRecord): void;
}

/** A request on its way into the gateway: its principal and its target. */
export interface GatewayRequest extends Attribution {
  /** `req_…`: the key of the request's one row in the ledger. */
  readonly requestId: string;
  /** The client's own x-request-id. */
  readonly clientRequestId?: string | undefined;
  readonly principal: RequestPrincipal;
  readonly source: UsageRecord['source'];
  /** As the client named it; absent where the model or the configuration decides. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** The target, where it has been chosen by `Gateway.chooseTarget` for this request. */
  readonly target?: Target | undefined;
  /** The attempts of which this is one, where the request goes over the targets of a route. */
  readonly series?: RequestSeries | undefined;
  /** The most attempts, where the client has set it. */
  readonly maxAttempts?: number | undefined;
  /** The models that the client lists instead of a route, as it writes them. */
  readonly models?: readonly string[] | undefined;
  /** Whether the replies of two models cannot take each other's place, as vectors cannot. */
  readonly needsOneModel?: boolean | undefined;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
  /** How the client makes the request smaller, for the error of a limit: `lower max_tokens`. Absent: `lower maxTokens`. */
  readonly reductionHint?: string | undefined;
  /** Called when an attempt begins; what it returns is called with the attempt's end. Absent: the reply is not kept. */
  readonly observeAttempt?: (() => AttemptObserver) | undefined;
  /** What the request log says of the request. Absent: the request is not logged. */
  readonly log?: LoggedRequest | undefined;
  /** Keeps work alive that continues after the response. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Takes the record of an attempt that has ended; undefined, also behind a record, where the client does not get the reply whole. */
export type AttemptObserver = (record: UsageRecord | undefined) => void;

/** Where a request goes, once its API key is known to be allowed to go there. */
export interface Destination {
  /** The route, or that of the models that the request lists. Absent: the request goes to one model. */
  readonly route?: Route | undefined;
  /** Those that the request may use. */
  readonly targets: readonly (Target & Pick<RouteTarget, 'params'>)[];
}

/** The target of a request that was chosen ahead of its attempts. */
export interface ChosenTarget extends Target {
  /** What the client has named, where it leads to several targets: a route, or its list of models. */
  readonly models?: readonly string[] | undefined;
}

/** What the route and the target of a request depend on. */
export type RoutedRequest = Pick<GatewayRequest, 'principal' | 'provider' | 'model'> &
  Partial<Pick<GatewayRequest, 'models' | 'needsOneModel' | 'maxAttempts' | 'sessionId' | 'endUser'>>;

/** A chat request in the gateway's own types. */
export interface ChatGatewayRequest extends GatewayRequest {
  readonly chat: Omit<ChatRequest, 'model'>;
  /** Whether the client's protocol has fields for opaque values. The target is chosen then. */
  readonly takesOpaqueValues?: boolean | undefined;
}

/** A client's own body for a provider that speaks the client's protocol. */
export interface ForwardRequest extends GatewayRequest {
  readonly target: Target;
  /** One of the target provider's. */
  readonly endpoint: Endpoint;
  /** JSON, as it is sent, or a form. */
  readonly body: UpstreamRequest['body'];
  /** The client's headers that belong to the protocol. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly size: () => UnmeasuredRequest;
  /**
   * Awaited before the client gets the last event of a reply, or a whole reply, with its text: an event with its name, or JSON. Never
   * rejects. Absent where nothing has to be done. Not for media.
   */
  readonly beforeEnd?: ((text: string) => Promise<void>) | undefined;
}

/** A client's own body whose response is requested as a stream. */
export interface ForwardStreamRequest extends ForwardRequest {
  /** Whether the gateway asked for a usage chunk that the client did not ask for, and that it must not see. */
  readonly stripUsageChunk: boolean;
  /** How many choices the body asks for. One, where it is absent. */
  readonly replies?: number | undefined;
  /** Encodes a reply that the provider sent whole, though a stream was requested, as a stream. Absent: it is passed as it is. */
  readonly encodeReply?: ((body: string) => string) | undefined;
  /** Encodes the protocol's error event; with its number, where the protocol numbers events. */
  readonly encodeError: (error: GatewayError, eventNumber?: number) => string;
}

/** A client's own body whose response may have any media type. */
export interface ForwardMediaRequest extends ForwardRequest {
  /** Encodes the protocol's error event, for a response of events. */
  readonly encodeError: (error: GatewayError, eventNumber?: number) => string;
}

/** What a finished request amounts to. */
export interface GatewayResult {
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  /** Nano-dollars; null where the price or a count is unknown. */
  readonly costNanoUsd: bigint | null;
}

/** The report of a request that its provider has answered. */
export type AnsweredReport = RequestReport & {
  readonly provider: string;
  readonly model: string;
  readonly upstreamMs: number;
};

/** A whole chat response. */
export interface CompletedChat extends GatewayResult, Pick<ChatResponse, 'content'> {
  readonly refusal: string | undefined;
  readonly report: AnsweredReport;
}

/** A provider's whole response. */
export interface ForwardResponse extends GatewayResult {
  /** The provider's body, byte for byte. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Those of the provider's headers that the client gets. */
  readonly headers: readonly [name: string, value: string][];
  readonly report: AnsweredReport;
}

/** A provider's response of any media type. */
export interface ForwardMediaResponse extends Omit<ForwardStreamResponse, 'body'> {
  /** The provider's bytes: whole where they are short JSON, else as they arrive. */
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** A provider's streamed response. */
export interface ForwardStreamResponse {
  /** The provider's bytes as they arrive. Where the stream breaks, the last of them are the protocol's error event. */
  readonly body: ReadableStream<Uint8Array>;
  /** Those of the provider's headers that the client gets. */
  readonly headers: readonly [name: string, value: string][];
  readonly report: AnsweredReport;
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>;
}
