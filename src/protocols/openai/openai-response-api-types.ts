/**
 * The shapes of Responses as they go over the wire: those of the official client, and of Open Responses (2026-04-24) where both have
 * them.
 */
export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem | CustomToolCallItem;

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export interface MessageItem {
  readonly id: string;
  readonly type: 'message';
  readonly status: ItemStatus;
  readonly role: 'assistant';
  readonly content: readonly MessagePart[];
}

export type MessagePart =
  | {
      readonly type: 'output_text';
      readonly text: string;
      readonly annotations: readonly never[];
      readonly logprobs: readonly never[];
    }
  | { readonly type: 'refusal'; readonly refusal: string };

export interface SummaryPart {
  readonly type: 'summary_text';
  readonly text: string;
}

export interface ReasoningItem {
  readonly id: string;
  readonly type: 'reasoning';
  readonly summary: readonly SummaryPart[];
  /** An opaque value. */
  readonly encrypted_content?: string | undefined;
}

export interface FunctionCallItem {
  readonly id: string;
  readonly type: 'function_call';
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly arguments: string;
}

export interface CustomToolCallItem {
  readonly id: string;
  readonly type: 'custom_tool_call';
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly input: string;
}

export interface CompactionItem {
  readonly id: string;
  readonly type: 'compaction';
  /** An opaque value. */
  readonly encrypted_content: string;
}

/** A compacted conversation. */
export interface CompactedResponse {
  readonly id: string;
  readonly object: 'response.compaction';
  /** Seconds since the epoch. */
  readonly created_at: number;
  /** Messages of the user, and the summary. */
  readonly output: readonly object[];
  readonly usage: ResponseUsage | null;
}

export interface ResponseUsage {
  readonly input_tokens: number;
  readonly input_tokens_details: { readonly cached_tokens: number; readonly cache_write_tokens: number };
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly reasoning_tokens: number };
  readonly total_tokens: number;
}

/** What a response repeats of its request. */
export interface ResponseSettings {
  readonly instructions: string | null;
  readonly max_output_tokens: number | null;
  readonly max_tool_calls: number | null;
  readonly metadata: object;
  readonly parallel_tool_calls: boolean;
  readonly temperature: number;
  readonly top_p: number;
  readonly presence_penalty: number;
  readonly frequency_penalty: number;
  readonly top_logprobs: number;
  readonly text: { readonly format: object; readonly verbosity?: string };
  readonly tools: readonly object[];
  readonly tool_choice: unknown;
  readonly reasoning: { readonly effort: string | null; readonly summary: string | null };
  readonly safety_identifier: string | null;
  readonly prompt_cache_key: string | null;
}

export interface ResponseObject extends ResponseSettings, ResponseState {}

/** What a response does not repeat of its request. */
export interface ResponseState {
  readonly id: string;
  readonly object: 'response';
  /** Seconds since the epoch. */
  readonly created_at: number;
  readonly completed_at: number | null;
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly incomplete_details: { readonly reason: 'max_output_tokens' | 'content_filter' } | null;
  readonly model: string;
  readonly output: readonly OutputItem[];
  readonly usage: ResponseUsage | null;
  readonly previous_response_id: string | null;
  readonly store: boolean;
  readonly background: false;
  readonly service_tier: 'default';
  readonly truncation: 'disabled';
}

interface PartPosition {
  readonly item_id: string;
  readonly output_index: number;
  readonly content_index: number;
}

interface SummaryPosition {
  readonly item_id: string;
  readonly output_index: number;
  readonly summary_index: number;
}

interface ItemPosition {
  readonly item_id: string;
  readonly output_index: number;
}

/** An event of an output item, without its number. */
export type OutputItemEvent =
  | { readonly type: 'response.output_item.added'; readonly output_index: number; readonly item: OutputItem }
  | { readonly type: 'response.output_item.done'; readonly output_index: number; readonly item: OutputItem }
  | ({ readonly type: 'response.content_part.added'; readonly part: MessagePart } & PartPosition)
  | ({ readonly type: 'response.content_part.done'; readonly part: MessagePart } & PartPosition)
  | ({
      readonly type: 'response.output_text.delta';
      readonly delta: string;
      readonly logprobs: readonly never[];
    } & PartPosition)
  | ({
      readonly type: 'response.output_text.done';
      readonly text: string;
      readonly logprobs: readonly never[];
    } & PartPosition)
  | ({ readonly type: 'response.refusal.delta'; readonly delta: string } & PartPosition)
  | ({ readonly type: 'response.refusal.done'; readonly refusal: string } & PartPosition)
  | ({ readonly type: 'response.reasoning_summary_part.added'; readonly part: SummaryPart } & SummaryPosition)
  | ({ readonly type: 'response.reasoning_summary_part.done'; readonly part: SummaryPart } & SummaryPosition)
  | ({ readonly type: 'response.reasoning_summary_text.delta'; readonly delta: string } & SummaryPosition)
  | ({ readonly type: 'response.reasoning_summary_text.done'; readonly text: string } & SummaryPosition)
  | ({ readonly type: 'response.function_call_arguments.delta'; readonly delta: string } & ItemPosition)
  | ({
      readonly type: 'response.function_call_arguments.done';
      readonly name: string;
      readonly arguments: string;
    } & ItemPosition)
  | ({ readonly type: 'response.custom_tool_call_input.delta'; readonly delta: string } & ItemPosition)
  | ({ readonly type: 'response.custom_tool_call_input.done'; readonly input: string } & ItemPosition);

/** The fields of the official client's type, and the error as Open Responses has it. */
export interface ResponseErrorEvent {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly error: object;
}

/** An event that has the whole response with it. */
export type LifecycleEventType =
  | 'response.created'
  | 'response.in_progress'
  | 'response.completed'
  | 'response.incomplete'
  | 'response.failed';
