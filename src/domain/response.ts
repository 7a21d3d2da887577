import type { ContentPart } from './request.ts';

/** Why a reply ended. `stop` covers stop sequences, `content_filter` refusals, `other` whatever a vendor adds. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';

/**
 * Tokens as the provider counted them, brought to one meaning for every vendor. A count that was not sent is absent,
 * never 0. `cacheRead` and `cacheWrite` are parts of `input`, `reasoning` is a part of `output`.
 */
export interface TokenUsage {
  /** All input, cache reads and writes included. */
  readonly input?: number | undefined;
  /** All output, reasoning included. */
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  /** All tokens written to the cache, however long they live there. */
  readonly cacheWrite?: number | undefined;
  /** The part of `cacheWrite` that lives an hour and costs more (Anthropic). */
  readonly cacheWriteOneHour?: number | undefined;
  readonly reasoning?: number | undefined;
  /** Whether something of it has a price of its own that no list knows: sound, or a service tier beside the standard one. */
  readonly unpriced?: true | undefined;
}

/** A whole reply. */
export interface ChatResponse {
  readonly content: readonly ContentPart[];
  /** What the model said instead of answering, where the vendor keeps that apart from the text. */
  readonly refusal?: string | undefined;
  readonly finishReason: FinishReason;
  readonly usage?: TokenUsage | undefined;
  /** The model that the provider says has answered, often a dated version of the one asked for. */
  readonly reportedModel?: string | undefined;
}

/**
 * What a streamed reply consists of, whatever the vendor's protocol. `finish` comes exactly once and last, and only when
 * the vendor's own terminator was read: a stream that is cut off throws instead. A later `usage` replaces an earlier one.
 */
export type StreamEvent =
  | { readonly type: 'start'; readonly reportedModel: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string; readonly signature?: string | undefined }
  | { readonly type: 'tool_call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool_arguments'; readonly index: number; readonly json: string }
  | { readonly type: 'usage'; readonly usage: TokenUsage }
  | { readonly type: 'finish'; readonly finishReason: FinishReason };
