/** A received request with its unparsed body, so that each protocol can reject it with its vendor's error message. */
export interface ProviderRequest {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** JSON, or the bytes of a form, one character each. */
  readonly body: string;
}

/** The properties of an accepted request that the server needs. */
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
  /** What the ids of the reply are made of, where they are not always the same. */
  readonly idSuffix?: string;
  /** The credential as sent; the real 401 of OpenAI repeats a part of it. */
  readonly key: string;
  /** How many choices a legacy completion returns, and how many it bills. */
  readonly choices?: number;
  readonly billedChoices?: number;
  /** Of a whole reply. Absent: JSON. */
  readonly contentType?: string;
  /** How many texts are to be embedded. */
  readonly inputCount?: number;
  /** The user's messages, for a conversation to compact. */
  readonly userItems?: readonly object[];
  /** Returns what the prompt is billed with the vendor's cache, and caches it. For the scenario `prompt-cache`. */
  readonly billPrompt?: () => TokenCounts;
  /** Absent for endpoints without a chat model. */
  readonly modelRequest?: ModelRequest;
}

/** What a model's reply depends on. Used by the scenario `echo`, and without a scenario if a text is not enough. */
export interface ModelRequest {
  readonly stop: readonly string[];
  readonly maxTokens?: number | undefined;
  /** Each with the JSON Schema of its arguments. */
  readonly tools: readonly { readonly name: string; readonly parameters: unknown }[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly oneToolAtATime: boolean;
  /** JSON Schema of the reply. */
  readonly schema?: unknown;
  /** The results of tools since the last user message. */
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

/** A failure that a scenario requests. The protocol adds the vendor's error message. */
export interface Failure {
  readonly status: number;
  /** The vendor's code or type, such as `insufficient_quota`. */
  readonly kind?: string | undefined;
  readonly message?: string | undefined;
  readonly key?: string | undefined;
}

/** One write of a streamed reply. `content` frames contain the text of the model. Scenarios count these. */
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
  /** Absent: a third of what is written. */
  readonly cacheWriteOneHour?: number;
  readonly reasoning?: number;
  /** Whether the vendor excludes reasoning from the completion tokens. */
  readonly reasoningBeside?: boolean;
}

/** The reply of the model, before a protocol encodes it. */
export interface Reply {
  readonly text: readonly string[];
  readonly reasoning?: readonly string[];
  readonly refusal?: string;
  readonly toolCalls?: readonly ReplyToolCall[];
  /** Whether the reply has a unique id, for a conversation. Replies with the fixed id can be compared. */
  readonly hasOwnId?: boolean;
  /** Whether tool calls are streamed sequentially, as OpenAI does. Otherwise they are interleaved, which is allowed too. */
  readonly isSequential?: boolean;
  /** The stop sequence that ended the reply. */
  readonly stopSequence?: string;
  readonly finish: 'stop' | 'length' | 'tool-call' | 'refusal';
  /** Overrides the vendor's value for `finish`. */
  readonly finishReason?: string;
  readonly usage?: TokenCounts;
}

/** One endpoint of a provider. Rejects the requests that the real one rejects, and encodes replies. */
export interface Endpoint {
  readonly protocol: 'openai' | 'anthropic' | 'ollama';
  readonly path: string;
  readonly streamContentType: string;
  accept(request: ProviderRequest): AcceptedCall | Refusal;
  writeBody(reply: Reply, call: AcceptedCall): string | Buffer;
  writeFrames(reply: Reply, call: AcceptedCall): Frame[];
  writeError(failure: Failure): string;
  /** The error of the vendor inside a stream. */
  writeErrorFrame(): string;
}

export function isRefusal(result: AcceptedCall | Refusal): result is Refusal {
  return 'status' in result;
}
