import type { ContentPart, ReasoningPart, ToolCall } from './request.ts';

/**
 * Why a response ended. `stop` covers stop sequences, `content_filter` refusals, `other` any reason that a vendor adds.
 */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';

/**
 * Tokens as the provider counted them, with one meaning for all vendors. A count that the provider did not send is
 * absent, never 0. `cacheRead` and `cacheWrite` are parts of `input`, `reasoning` is a part of `output`.
 */
export interface TokenUsage {
  /** All input, cache reads and writes included. */
  readonly input?: number | undefined;
  /** All output, reasoning included. */
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  /** All tokens written to the cache, of any lifetime. */
  readonly cacheWrite?: number | undefined;
  /** The part of `cacheWrite` that is cached for an hour and costs more (Anthropic). */
  readonly cacheWriteOneHour?: number | undefined;
  readonly reasoning?: number | undefined;
  /** The pictures and the audio among the input. */
  readonly imageInput?: number | undefined;
  readonly audioInput?: number | undefined;
  /** The pictures and the audio among the output. */
  readonly imageOutput?: number | undefined;
  readonly audioOutput?: number | undefined;
  /** Searches on the web that the provider has made and bills beside the tokens (Anthropic). Never 0. */
  readonly webSearches?: number | undefined;
  /**
   * Present where a part of the usage has a price that no list contains: audio, a tool that the vendor runs for a fee, a
   * service tier, a speed or a region other than the standard one.
   */
  readonly unpriced?: true | undefined;
}

/** A complete response of a model. */
export interface ChatResponse {
  readonly content: readonly ContentPart[];
  /** The refusal of the model, where the vendor separates it from the text. */
  readonly refusal?: string | undefined;
  readonly finishReason: FinishReason;
  readonly usage?: TokenUsage | undefined;
  /** The model that the provider reports, often a dated version of the requested one. */
  readonly reportedModel?: string | undefined;
}

/**
 * An event of a streamed response, in any vendor's protocol. `finish` comes exactly once and last, and only after the
 * vendor's own terminator, or after its finish reason and a clean end: a stream that is cut off throws instead. A later
 * `usage` completes an earlier one, and its counts replace those that are smaller. A signature or redacted data of reasoning
 * belongs to all of its text before. `tool_signature` comes where a call has begun without it.
 */
export type StreamEvent =
  | { readonly type: 'start'; readonly reportedModel: string }
  | { readonly type: 'text'; readonly text: string; readonly signature?: string | undefined }
  | { readonly type: 'refusal'; readonly text: string }
  | ReasoningPart
  | ({ readonly type: 'tool_call'; readonly index: number } & Omit<ToolCall, 'type' | 'argumentsJson'>)
  | { readonly type: 'tool_signature'; readonly index: number; readonly signature: string }
  | { readonly type: 'tool_arguments'; readonly index: number; readonly json: string }
  | { readonly type: 'usage'; readonly usage: TokenUsage }
  | { readonly type: 'finish'; readonly finishReason: FinishReason };
