import type { GatewayError } from '../../domain/errors.ts';
import type { ChatStreamEvent } from '../../gateway/chat-stream-event.ts';
import type { GatewayResult } from '../../gateway/gateway-request.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import type { StreamEncoder } from '../stream-encoder.ts';
import type { ChatCompletionHead } from './encode-openai-chat-completion.ts';
import { encodeOpenAiError } from './encode-openai-error.ts';
import { encodeOpenAiFinishReason } from './encode-openai-finish-reason.ts';
import { encodeOpenAiUsage } from './encode-openai-usage.ts';
import type { ChatChunk, ChatDelta, ChatFinishReason } from './openai-chat-api-types.ts';
import { encodeExtraContent, encodeReasoningDetails } from './openai-opaque-values.ts';

interface ChunkOptions extends ChatCompletionHead {
  /** Whether the caller has asked for a chunk with the token counts at the end. */
  readonly includeUsage: boolean;
}

/**
 * Writes one streamed reply as Chat Completions chunks: the role, what the reply consists of, the reason of its end, the
 * token counts where they are asked for and known, `[DONE]`. A stream that fails ends in a chunk with an `error` instead,
 * at which the official client throws, and never in `[DONE]`.
 */
export class OpenAiChatStreamEncoder implements StreamEncoder {
  readonly #options: ChunkOptions;
  readonly #opaqueValues: string[] = [];
  #sentOpaqueValues = 0;
  #refused = false;

  constructor(options: ChunkOptions) {
    this.#options = options;
  }

  start(): string {
    return this.#delta({ role: 'assistant', content: '', refusal: null });
  }

  encode(event: ChatStreamEvent): string {
    switch (event.type) {
      case 'text':
        return event.text === '' ? '' : this.#delta({ content: event.text });
      case 'refusal':
        if (event.text === '') return '';
        this.#refused = true;
        return this.#delta({ refusal: event.text });
      case 'reasoning':
        if (event.opaque !== undefined) this.#opaqueValues.push(event.opaque);
        return event.text === '' ? '' : this.#delta({ reasoning_content: event.text });
      case 'tool_call':
        return this.#reasoningDetails() + this.#toolCall(event);
      case 'tool_arguments':
        return this.#toolArguments(event);
      case 'done':
        return this.#reasoningDetails() + this.#done(event.result);
      case 'tool_signature':
      case 'start':
      case 'usage':
        return '';
    }
  }

  fail(error: GatewayError): string {
    return toEvent(encodeOpenAiError(error));
  }

  /** All at once: clients that assemble a message themselves keep the last delta of a field that they do not know. */
  #reasoningDetails(): string {
    const values = this.#opaqueValues;
    if (values.length === this.#sentOpaqueValues) return '';
    this.#sentOpaqueValues = values.length;
    return this.#delta({ reasoning_details: encodeReasoningDetails(values) });
  }

  #toolCall({ index, id, name, opaque }: Extract<ChatStreamEvent, { type: 'tool_call' }>): string {
    const called = { name, arguments: '' };
    if (this.#options.legacyFunctions) return index === 0 ? this.#delta({ function_call: called }) : '';
    return this.#delta({
      tool_calls: [{ index, id, type: 'function', function: called, ...encodeExtraContent(opaque) }],
    });
  }

  #toolArguments({ index, json }: Extract<ChatStreamEvent, { type: 'tool_arguments' }>): string {
    if (json === '') return '';
    const called = { arguments: json };
    if (this.#options.legacyFunctions) return index === 0 ? this.#delta({ function_call: called }) : '';
    return this.#delta({ tool_calls: [{ index, function: called }] });
  }

  #done({ finishReason, usage }: GatewayResult): string {
    const { includeUsage, legacyFunctions = false } = this.#options;
    const reason = encodeOpenAiFinishReason(finishReason, { refused: this.#refused, legacyFunctions });
    const counts = includeUsage ? encodeOpenAiUsage(usage) : undefined;
    const last = counts ? toEvent({ ...this.#head(), choices: [], usage: counts } satisfies ChatChunk) : '';
    return `${this.#delta({}, reason)}${last}data: [DONE]\n\n`;
  }

  #delta(delta: ChatDelta, finishReason: ChatFinishReason | null = null): string {
    const choices: ChatChunk['choices'] = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
    const { includeUsage } = this.#options;
    return toEvent({ ...this.#head(), choices, ...(includeUsage && { usage: null }) } satisfies ChatChunk);
  }

  #head(): Pick<ChatChunk, 'id' | 'object' | 'created' | 'model'> {
    const { id, created, model } = this.#options;
    return { id, object: 'chat.completion.chunk', created, model };
  }
}

function toEvent(value: object): string {
  return `data: ${toJsonLine(value)}\n\n`;
}
