import type { JsonRecord } from './json-value.ts';

export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
  readonly extra_content?: unknown;
}

export type ChatContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

export type ChatMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ChatContentPart[] }
  | {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly tool_calls?: readonly ChatToolCall[];
      readonly reasoning_content?: string;
      /** What a provider needs to go on with its reasoning, as the gateway has sent it. */
      readonly reasoning_details?: readonly unknown[];
    }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/** The parameters of a request. What is absent is not sent. */
export interface ChatParameters {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly reasoning_effort?: string;
  readonly stop?: readonly string[];
  readonly seed?: number;
}

/** A function that the model can call, in OpenAI's form. */
export interface ChatTool extends JsonRecord {
  readonly type: 'function';
  readonly function: JsonRecord & { readonly name: string };
}

/** The body of `POST /v1/chat/completions`. */
export interface ChatBody extends ChatParameters {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ChatTool[];
  readonly response_format?: JsonRecord;
  readonly stream?: true;
  readonly stream_options?: { readonly include_usage: true };
}

/** What a request has beside its model and its messages. */
export interface ChatOptions {
  readonly system: string;
  readonly parameters: ChatParameters;
  readonly tools: readonly ChatTool[] | undefined;
  readonly responseFormat: JsonRecord | undefined;
  readonly isStreamed: boolean;
}
