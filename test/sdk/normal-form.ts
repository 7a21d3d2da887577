/** A request of a client, independent of the protocol. */
export interface ModelRequest {
  readonly system?: string;
  readonly turns: readonly Turn[];
  readonly tools?: readonly ToolSpec[];
  readonly toolChoice?: 'required' | { readonly name: string };
  readonly oneToolAtATime?: boolean;
  /** JSON Schema of the reply. */
  readonly schema?: Schema;
  readonly stop?: readonly string[];
  readonly maxTokens?: number;
}

export type Schema = { readonly type: 'object'; readonly [keyword: string]: unknown };

/** The schema of an object with these properties and no others. */
export function object(properties: Readonly<Record<string, object>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

export type Turn =
  | { readonly role: 'user'; readonly text: string; readonly image?: Image }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'results'; readonly results: readonly { readonly id: string; readonly text: string }[] };

/** A PNG in base64, or its URL. */
export type Image = { readonly png: string } | { readonly url: string };

export interface ToolSpec {
  readonly name: string;
  readonly parameters: Schema;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** A reply to a client, streamed or whole, independent of the protocol. */
export interface Reply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'refusal';
  readonly usage: { readonly input: number; readonly output: number };
}

/** The target of a request, and its options. */
export interface Target {
  readonly model: string;
  readonly stream: boolean;
  readonly key: string;
  /** The maximum number of retries by the client. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Called for each request of the client. */
  readonly onRequest: () => void;
  /** Called for each text delta of a stream. */
  readonly onText: () => void;
}

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** One of the official clients. */
export interface SdkClient {
  readonly name: 'openai' | 'responses' | 'anthropic' | 'gemini';
  readonly errors: {
    readonly api: ErrorClass;
    readonly connection: ErrorClass;
    readonly abort: ErrorClass;
    readonly 400: ErrorClass;
    readonly 401: ErrorClass;
    readonly 403: ErrorClass;
    readonly 404: ErrorClass;
    readonly 429: ErrorClass;
    readonly 500: ErrorClass;
    readonly 502: ErrorClass;
  };
  /** The cases whose requests its protocol cannot express. */
  readonly lacks?: readonly string[];
  /** Whether it ignores a response that says that another try is in vain. */
  readonly retriesInVain?: true;
  /** Rejects with the client's error. */
  send(target: Target, ask: ModelRequest): Promise<Reply>;
}
