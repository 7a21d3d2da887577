/**
 * One chat call in the gateway's own words. Each route parses its own protocol into it, each provider translates it into
 * the vendor's: N + M translations, not N × M.
 */
export interface ChatRequest {
  /** As the provider knows it, without a `provider/` prefix. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** Bounds all output tokens, reasoning included. Absent: the provider's own maximum. */
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
  readonly reasoningEffort?: 'minimal' | 'low' | 'medium' | 'high' | undefined;
  /** How many of the likeliest tokens are chosen from (Anthropic, Ollama). */
  readonly topK?: number | undefined;
  /** For replies that can be repeated (OpenAI, Ollama). */
  readonly seed?: number | undefined;
  /** -2–2 (OpenAI, Ollama). */
  readonly frequencyPenalty?: number | undefined;
  /** -2–2 (OpenAI, Ollama). */
  readonly presencePenalty?: number | undefined;
  /** The caller's own name for its user, by which vendors look for abuse. */
  readonly userId?: string | undefined;
}

export type Message =
  | { readonly role: 'system'; readonly content: readonly TextPart[] }
  | { readonly role: 'user'; readonly content: readonly (TextPart | ImagePart)[] }
  | { readonly role: 'assistant'; readonly content: readonly ContentPart[] }
  | ToolResult;

/** What an assistant may say: in a conversation that goes in, and in the completion that comes out. */
export type ContentPart = TextPart | ReasoningPart | ToolCall;

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** An image by reference, or by value. Nothing here fetches a URL: the provider does, or the call is refused. */
export interface ImagePart {
  readonly type: 'image';
  readonly source:
    | { readonly type: 'url'; readonly url: string }
    | { readonly type: 'base64'; readonly mediaType: string; readonly data: string };
}

export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  /** The vendor's seal, without which it does not take its own reasoning back. */
  readonly signature?: string | undefined;
}

export interface ToolCall {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  /** JSON text exactly as the model wrote it, which may be cut off and so not parse. */
  readonly argumentsJson: string;
}

export interface ToolResult {
  readonly role: 'tool';
  readonly toolCallId: string;
  readonly content: readonly (TextPart | ImagePart)[];
  readonly isError?: boolean | undefined;
}

export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly strict?: boolean | undefined;
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

/** The text of a list of parts, in order, whatever stands between. */
export function joinText(parts: readonly { readonly type: string }[]): string {
  let text = '';
  for (const part of parts) if (part.type === 'text') text += (part as TextPart).text;
  return text;
}
