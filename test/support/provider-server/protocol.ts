/** A request as it came in: the body unread, so that each protocol can refuse it in its own words. */
export interface ProviderRequest {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** JSON, or the bytes of a form, one character each. */
  readonly body: string;
}

/** What the server must know of a request that the real API would have taken. */
export interface AcceptedCall {
  /** The model that the reply names, often a dated version of the requested one. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether an OpenAI stream ends with the usage chunk. */
  readonly includeUsage: boolean;
  /** Whether the request has OpenAI's deprecated `functions`, and so a call is a `function_call`. */
  readonly legacyFunctions?: boolean;
  /** May begin with `[[scenario:…]]`. */
  readonly lastUserText: string;
  /** The credential as sent; the real 401 of OpenAI repeats a part of it. */
  readonly key: string;
  /** How many choices a legacy completion returns, and how many it bills. */
  readonly choices?: number;
  readonly billedChoices?: number;
  /** Of a whole reply. Absent: JSON. */
  readonly contentType?: string;
  /** How many texts are to be embedded. */
  readonly inputCount?: number;
  /** Absent where there is no model that could do as it is asked. */
  readonly modelRequest?: ModelRequest;
}

/** What a call asks of the reply. The scenario `echo` does as a model would: the others say what they have to say. */
export interface ModelRequest {
  readonly stop: readonly string[];
  readonly maxTokens?: number | undefined;
  /** Each with the JSON Schema of its arguments. */
  readonly tools: readonly { readonly name: string; readonly parameters: unknown }[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly oneToolAtATime: boolean;
  /** JSON Schema of the reply. */
  readonly schema?: unknown;
  /** What tools have answered since the user has spoken. */
  readonly toolResults: readonly string[];
}

export interface ReplyToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: readonly string[];
}

export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** A failure that a scenario asks for; the protocol fills in the vendor's own words. */
export interface Failure {
  readonly status: number;
  /** The vendor's code or type, such as `insufficient_quota`. */
  readonly kind?: string | undefined;
  readonly message?: string | undefined;
  readonly key?: string | undefined;
}

/** One write of a streamed reply. `content` frames carry what the model says; scenarios count these. */
export interface Frame {
  readonly kind: 'start' | 'content' | 'end';
  readonly text: string;
}

export interface TokenCounts {
  /** All input, cached included. Absent: the vendor sends no such count. */
  readonly input?: number;
  /** All output, reasoning included. */
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
  /** A vendor that counts reasoning beside the completion tokens, not in them. */
  readonly reasoningBeside?: boolean;
}

/** What the model says, before a protocol gives it its shape. */
export interface Reply {
  readonly text: readonly string[];
  readonly reasoning?: readonly string[];
  readonly refusal?: string;
  readonly toolCalls?: readonly ReplyToolCall[];
  /** Whether it has an id of its own, as a part of a conversation. Others have the same id, so that replies can be compared. */
  readonly hasOwnId?: boolean;
  /** Streams the calls one after the other, as OpenAI does. They take turns otherwise, which its protocol allows. */
  readonly isSequential?: boolean;
  /** The sequence that has ended the reply. */
  readonly stopSequence?: string;
  readonly finish: 'stop' | 'length' | 'tool-call' | 'refusal';
  /** Overrules the vendor's own word for `finish`. */
  readonly finishReason?: string;
  readonly usage?: TokenCounts;
}

/** One endpoint of a provider: refuses what the real one refuses, and gives a reply its shape on the wire. */
export interface Endpoint {
  readonly protocol: 'openai' | 'anthropic' | 'ollama';
  readonly path: string;
  readonly streamContentType: string;
  accept(request: ProviderRequest): AcceptedCall | Refusal;
  writeBody(reply: Reply, call: AcceptedCall): string | Buffer;
  writeFrames(reply: Reply, call: AcceptedCall): Frame[];
  writeError(failure: Failure): string;
  /** The error that the vendor sends in the middle of a stream. */
  writeErrorFrame(): string;
}

export function isRefusal(result: AcceptedCall | Refusal): result is Refusal {
  return 'status' in result;
}
