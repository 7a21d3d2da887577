/**
 * What Anthropic's API sends, as much of it as is written here. Fields that the official client's types demand and the
 * API itself leaves out (`citations` of a text, `caller` of a tool's call) are left out here too, for some clients refuse
 * them as null. Source: recorded replies, and the types of @anthropic-ai/sdk.
 */
export interface Message {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: null;
  readonly stop_details: null;
  readonly usage: MessageUsage;
}

export type ContentBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown };

export type StopReason = 'end_turn' | 'max_tokens' | 'tool_use' | 'refusal';

/** A count that is null is not known. */
export interface MessageUsage {
  /** Without what was read from the cache or written to it: those counts stand beside. */
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number | null;
  readonly cache_read_input_tokens: number | null;
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly thinking_tokens: number } | null;
}

/** The counts at the end of a stream, where none but that of the output has to be a number. */
export type MessageDeltaUsage = Omit<MessageUsage, 'input_tokens'> & { readonly input_tokens: number | null };

export type BlockDelta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string };

export type MessageEvent =
  | { readonly type: 'message_start'; readonly message: Message }
  | { readonly type: 'content_block_start'; readonly index: number; readonly content_block: ContentBlock }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: BlockDelta }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | {
      readonly type: 'message_delta';
      readonly delta: Pick<Message, 'stop_reason' | 'stop_sequence' | 'stop_details'>;
      readonly usage: MessageDeltaUsage;
    }
  | { readonly type: 'message_stop' }
  | { readonly type: 'error'; readonly error: { readonly type: string; readonly message: string } };
