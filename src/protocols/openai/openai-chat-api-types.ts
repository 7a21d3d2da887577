/**
 * The shapes of Chat Completions as they go over the wire, one choice each. They are the official client's, with some
 * liberties: `reasoning_content`, which is what vendors that show their reasoning call it, opaque values in
 * `reasoning_details` and `extra_content`, and a count in `usage` that is unknown is absent.
 */
export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
  readonly choices: [
    {
      readonly index: 0;
      readonly message: ChatResponseMessage;
      readonly logprobs: null;
      readonly finish_reason: ChatFinishReason;
    },
  ];
  readonly usage?: ChatUsage;
}

export type ChatFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/** An opaque value, in the shape that OpenRouter's clients send back. */
export interface ReasoningDetail {
  readonly type: 'reasoning.encrypted';
  readonly data: string;
  readonly index: number;
}

/** An opaque value, in the place where Google's clients keep the signature of a tool call. */
export interface ExtraContent {
  readonly google: { readonly thought_signature: string };
}

export interface ChatResponseMessage {
  readonly role: 'assistant';
  readonly content: string | null;
  readonly refusal: string | null;
  readonly reasoning_content?: string;
  readonly reasoning_details?: ReasoningDetail[];
  readonly tool_calls?: ChatToolCall[];
  readonly function_call?: ChatFunctionCall;
}

export interface ChatFunctionCall {
  readonly name: string;
  readonly arguments: string;
}

export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: ChatFunctionCall;
  readonly extra_content?: ExtraContent;
}

export interface ChatUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number; readonly cache_write_tokens?: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number };
}

export interface ChatChunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  /** Seconds since the epoch, the same in all chunks of a stream. */
  readonly created: number;
  readonly model: string;
  /** None in the chunk with the usage. */
  readonly choices: {
    readonly index: 0;
    readonly delta: ChatDelta;
    readonly logprobs: null;
    readonly finish_reason: ChatFinishReason | null;
  }[];
  /** Null in every other chunk, and absent if the request did not ask for it. */
  readonly usage?: ChatUsage | null;
}

export interface ChatDelta {
  readonly role?: 'assistant';
  readonly content?: string;
  readonly refusal?: string | null;
  readonly reasoning_content?: string;
  readonly reasoning_details?: ReasoningDetail[];
  readonly tool_calls?: ChatToolCallDelta[];
  readonly function_call?: Partial<ChatFunctionCall>;
}

export interface ChatToolCallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: 'function';
  readonly function: Partial<ChatFunctionCall>;
  readonly extra_content?: ExtraContent;
}
