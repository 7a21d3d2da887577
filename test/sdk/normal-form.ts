/** What a client is to ask, whatever its protocol. */
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

/** A PNG in base64, or where it lies. */
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

/** What came back, whatever the protocol and whether it was streamed or not. */
export interface Reply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'refusal';
  readonly usage: { readonly input: number; readonly output: number };
}

/** Whom to ask, and how. */
export interface Target {
  readonly model: string;
  readonly stream: boolean;
  readonly key: string;
  /** How often the client may try again. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Told of each request that the client sends. */
  readonly onRequest: () => void;
  /** Told of each piece of text that a stream brings. */
  readonly onText: () => void;
}

type ErrorClass = abstract new (...parameters: never[]) => Error;

/** One of the official clients. */
export interface SdkClient {
  readonly name: 'openai' | 'responses' | 'anthropic';
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
  /** Rejects as the client does. */
  send(target: Target, ask: ModelRequest): Promise<Reply>;
}
