import type { GatewayError } from '../../domain/errors.ts';
import type { ChatStreamEvent } from '../../gateway/chat-stream-event.ts';
import type { GatewayResult } from '../../gateway/gateway-request.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import type { StreamEncoder } from '../stream-encoder.ts';
import type { Message, MessageEvent } from './anthropic-message-api-types.ts';
import { ContentBlockSequencer } from './content-block-sequencer.ts';
import { encodeAnthropicErrorMessage, encodeAnthropicErrorType } from './encode-anthropic-error.ts';
import type { MessageOptions } from './encode-anthropic-message.ts';
import { encodeAnthropicDeltaUsage, encodeAnthropicStopReason } from './encode-anthropic-message-end.ts';

/** What keeps a silent stream alive, as Anthropic does it. */
export const pingEvent = 'event: ping\ndata: {"type": "ping"}\n\n';

/** Writes a streamed reply as Anthropic's events. `encode` throws `provider_error` where a tool's call goes on after its end. */
export class AnthropicStreamEncoder implements StreamEncoder {
  readonly #message: Message;
  readonly #blocks = new ContentBlockSequencer();
  #refused = false;

  constructor({ id, model }: MessageOptions) {
    this.#message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      // The protocol wants numbers before anything has been counted. Those at the end replace them.
      usage: {
        input_tokens: 0,
        cache_creation_input_tokens: null,
        cache_read_input_tokens: null,
        output_tokens: 0,
        output_tokens_details: null,
      },
    };
  }

  start(): string {
    return toText({ type: 'message_start', message: this.#message });
  }

  encode(event: ChatStreamEvent): string {
    return this.#toEvents(event).map(toText).join('');
  }

  /** Calls that were held back are not written: the reply they belong to has failed. */
  fail(error: GatewayError): string {
    const message = encodeAnthropicErrorMessage(error);
    return toText({ type: 'error', error: { type: encodeAnthropicErrorType(error), message } });
  }

  #toEvents(event: ChatStreamEvent): MessageEvent[] {
    switch (event.type) {
      case 'text':
        return this.#blocks.addText('text', event.text);
      case 'refusal':
        this.#refused ||= event.text !== '';
        return this.#blocks.addText('refusal', event.text);
      case 'reasoning':
        return this.#blocks.addThinking(event.text, event.opaque ?? event.signature);
      case 'tool_call':
        return this.#blocks.addCall(event.index, event.id, event.name);
      case 'tool_arguments':
        return this.#blocks.addArguments(event.index, event.json);
      case 'done':
        return [...this.#blocks.end(), ...this.#end(event.result)];
      case 'start':
      case 'usage':
      case 'tool_signature':
        // The model is the one that was asked for, and the counts come at the end.
        return [];
    }
  }

  #end({ finishReason, usage }: GatewayResult): MessageEvent[] {
    const delta = {
      stop_reason: encodeAnthropicStopReason(finishReason, this.#refused),
      stop_sequence: null,
      stop_details: null,
    };
    return [{ type: 'message_delta', delta, usage: encodeAnthropicDeltaUsage(usage) }, { type: 'message_stop' }];
  }
}

function toText(event: MessageEvent): string {
  return `event: ${event.type}\ndata: ${toJsonLine(event)}\n\n`;
}
