import type { ReasoningEffort } from './reasoning-effort.ts';
import type { Route } from './route.ts';
import type { TranslationReport } from './translation-report.ts';

/**
 * A chat request, independent of any protocol. Each route parses its protocol into it, and each provider encodes it for
 * its vendor: N + M translations, not N × M.
 */
export interface ChatRequest {
  /** The model id of the provider, without a `provider/` prefix. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** The maximum of output tokens, reasoning included. Absent: the provider's own maximum. */
  readonly maxTokens?: number | undefined;
  /** 0–2, for Claude 0–1. */
  readonly temperature?: number | undefined;
  /** 0–1. */
  readonly topP?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly tools?: readonly Tool[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  /** False: at most one tool call in a reply. */
  readonly parallelToolCalls?: boolean | undefined;
  readonly responseFormat?: ResponseFormat | undefined;
  readonly reasoningEffort?: ReasoningEffort | undefined;
  /** The number of likeliest tokens to sample from (Anthropic, Ollama). */
  readonly topK?: number | undefined;
  /** Makes replies repeatable (OpenAI, Ollama). */
  readonly seed?: number | undefined;
  /** -2–2 (OpenAI, Ollama). */
  readonly frequencyPenalty?: number | undefined;
  /** -2–2 (OpenAI, Ollama). */
  readonly presencePenalty?: number | undefined;
  /** The client's id for its end user, by which vendors detect abuse. */
  readonly userId?: string | undefined;
  /** `auto`: prefixes are marked for the vendor's cache, where it wants marks and the client has set none. */
  readonly promptCache?: Route['promptCache'] | undefined;
  /** Records what is expressed by other means. Absent: the request is strict, and what a vendor cannot express is rejected. */
  readonly translation?: TranslationReport | undefined;
}

export type Message =
  | { readonly role: 'system'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly InputPart[] }
  | { readonly role: 'assistant'; readonly content: readonly ContentPart[] }
  | ToolResult;

/** A part of what an assistant says: in the messages of a request, and in a response. */
export type ContentPart = TextPart | ReasoningPart | ToolCall;

/** A part of what a user or a tool says. */
export type InputPart = TextPart | ImagePart | DocumentPart;

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly cacheControl?: CacheControl | undefined;
  /** The vendor's signature of what an assistant said (Gemini). */
  readonly signature?: string | undefined;
}

/** Marks the end of a prefix for Claude's prompt cache. Other vendors cache by themselves, or not at all. */
export interface CacheControl {
  readonly ttl?: '5m' | '1h' | undefined;
}

/** An image by reference, or by value. The gateway fetches no URL: the provider does, or rejects the request. */
export interface ImagePart {
  readonly type: 'image';
  readonly source:
    | { readonly type: 'url'; readonly url: string }
    | { readonly type: 'base64'; readonly mediaType: string; readonly data: string };
  readonly cacheControl?: CacheControl | undefined;
}

/** A PDF by value. */
export interface DocumentPart {
  readonly type: 'document';
  readonly mediaType: 'application/pdf';
  /** Base64. */
  readonly data: string;
  readonly fileName?: string | undefined;
  readonly cacheControl?: CacheControl | undefined;
}

/** Reasoning, and what its vendor needs to accept it back. */
export interface Reasoning {
  readonly text: string;
  /** The vendor's signature. Without it the vendor does not accept its own reasoning back. */
  readonly signature?: string | undefined;
  /** Reasoning that the vendor has encrypted, in place of the text (Claude). */
  readonly redactedData?: string | undefined;
  /** Whether the vendor wants the text alone back, beside tool calls (DeepSeek, Kimi). */
  readonly isReturnable?: boolean | undefined;
}

export interface ReasoningPart extends Reasoning {
  readonly type: 'reasoning';
  /** The opaque value that stands for what the vendor wants back: in the replies and requests of clients. */
  readonly opaque?: string | undefined;
}

export interface ToolCall {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  /** JSON text exactly as the model wrote it. It may be cut off, and so not parse. */
  readonly argumentsJson: string;
  /** The vendor's signature of the call (Gemini). */
  readonly signature?: string | undefined;
  /** The opaque value that stands for the signature, as in a ReasoningPart. */
  readonly opaque?: string | undefined;
}

export interface ToolResult {
  readonly role: 'tool';
  readonly toolCallId: string;
  readonly content: readonly InputPart[];
  readonly isError?: boolean | undefined;
}

export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly strict?: boolean | undefined;
  readonly cacheControl?: CacheControl | undefined;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

export type ResponseFormat =
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly name: string;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict?: boolean | undefined;
    };

/** Joins the text parts of a list in their order, and leaves out all other parts. */
export function joinText(parts: readonly { readonly type: string }[]): string {
  let text = '';
  for (const part of parts) if (part.type === 'text') text += (part as TextPart).text;
  return text;
}
