import type { GatewayError } from '../../domain/errors.ts';
import type { ToolCall } from '../../domain/request.ts';
import type { ChatStreamEvent } from '../../gateway/chat-stream-event.ts';
import type { GatewayResult } from '../../gateway/gateway-request.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import type { StreamEncoder } from '../stream-encoder.ts';
import { encodeGeminiError } from './encode-gemini-error.ts';
import { encodeGeminiFinishReason } from './encode-gemini-finish-reason.ts';
import type { GeminiResponseOptions } from './encode-gemini-response.ts';
import { encodeGeminiUsage } from './encode-gemini-usage.ts';
import type { GenerateContentResponse, Part } from './gemini-api-types.ts';
import { GeminiPartEncoder } from './gemini-part-encoder.ts';

interface GeminiStreamOptions extends GeminiResponseOptions {
  /** Server-sent events, or one JSON array that is written entry by entry. */
  readonly format: 'events' | 'array';
}

type StreamedCall = Omit<ToolCall, 'type' | 'argumentsJson'> & { readonly arguments: string[] };

/**
 * Encodes a streamed reply as `GenerateContentResponse` chunks. A function call comes whole, before the last chunk, which alone
 * has a finish reason and the token counts. A stream that fails ends in an error object, and has no finish reason.
 */
export class GeminiStreamEncoder implements StreamEncoder {
  readonly #options: GeminiStreamOptions;
  readonly #parts: GeminiPartEncoder;
  readonly #calls = new Map<number, StreamedCall>();
  #isRefused = false;
  #hasEntries = false;

  constructor(options: GeminiStreamOptions) {
    this.#options = options;
    this.#parts = new GeminiPartEncoder(options);
  }

  start(): string {
    return '';
  }

  encode(event: ChatStreamEvent): string {
    switch (event.type) {
      case 'text':
        return this.#chunk(this.#parts.encodeText(event.text, event.signature !== undefined));
      case 'refusal':
        this.#isRefused ||= event.text !== '';
        return this.#chunk(this.#parts.encodeText(event.text));
      case 'reasoning':
        return this.#chunk(this.#parts.encodeReasoning(event));
      case 'tool_call':
        this.#calls.set(event.index, { ...event, arguments: [] });
        return '';
      case 'tool_arguments':
        this.#calls.get(event.index)?.arguments.push(event.json);
        return '';
      case 'done':
        return this.#end(event.result);
      case 'start':
      case 'usage':
      case 'tool_signature':
        // The model is the one that was asked for, and the counts come at the end.
        return '';
    }
  }

  /** Calls that were held back are not written: the reply that they belong to has failed. */
  fail(error: GatewayError): string {
    return this.#entry(encodeGeminiError(error)) + this.#close();
  }

  #end({ finishReason, usage }: GatewayResult): string {
    const calls = [...this.#calls.values()].map(({ arguments: json, ...call }) =>
      this.#chunk(this.#parts.encodeCall({ ...call, argumentsJson: json.join('') })),
    );
    const waiting = this.#parts.flush();
    const last = this.#response(waiting.length > 0 ? waiting : [{ text: '' }]);
    const reason = encodeGeminiFinishReason(finishReason, this.#isRefused);
    const usageMetadata = encodeGeminiUsage(usage);
    const entry = this.#entry({
      ...last,
      candidates: [{ ...last.candidates[0], finishReason: reason }],
      ...(usageMetadata && { usageMetadata }),
    });
    return calls.join('') + entry + this.#close();
  }

  #chunk(parts: readonly Part[]): string {
    return parts.length === 0 ? '' : this.#entry(this.#response(parts));
  }

  #response(parts: readonly Part[]): GenerateContentResponse {
    const { model, responseId } = this.#options;
    return { candidates: [{ content: { parts, role: 'model' }, index: 0 }], modelVersion: model, responseId };
  }

  #entry(value: object): string {
    if (this.#options.format === 'events') return `data: ${toJsonLine(value)}\n\n`;
    const separator = this.#hasEntries ? ',\r\n' : '[';
    this.#hasEntries = true;
    return `${separator}${toJsonLine(value)}\n`;
  }

  #close(): string {
    return this.#options.format === 'array' ? ']' : '';
  }
}
