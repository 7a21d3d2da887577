import type { ChatResponse, StreamEvent } from '../domain/response.ts';
import { estimateTokens } from '../usage/estimate-tokens.ts';

/** In UTF-16 units. Enough to estimate from: an isolate that serves many long streams cannot hold them all. */
const maxSampleLength = 64 * 1024;

/** Accumulates the output of a response, to estimate its tokens where the provider does not count them. */
export class OutputAccumulator {
  #sample = '';
  #length = 0;
  #counted = false;
  #countedTokens: number | undefined;

  /** Whether the provider's count of the output came after the last text, and so covers all of it. */
  get counted(): boolean {
    return this.#counted;
  }

  /** Returns the output of a whole response. */
  static of({ content, refusal = '' }: Pick<ChatResponse, 'content' | 'refusal'>): OutputAccumulator {
    const output = new OutputAccumulator();
    output.#append(refusal);
    for (const part of content)
      output.#append(part.type === 'tool_call' ? `${part.name}${part.argumentsJson}` : part.text);
    return output;
  }

  add(event: StreamEvent): void {
    if (event.type === 'usage') this.#recordCount(event.usage.output);
    const text = outputText(event);
    if (text === '') return;
    this.#counted = false;
    this.#append(text);
  }

  /** A count that is repeated covers no more than it did before. */
  #recordCount(tokens: number | undefined): void {
    if (tokens !== this.#countedTokens) this.#counted = tokens !== undefined;
    this.#countedTokens = tokens;
  }

  #append(text: string): void {
    this.#length += text.length;
    const remaining = maxSampleLength - this.#sample.length;
    if (remaining > 0) this.#sample += text.slice(0, remaining);
  }

  /** Estimates the output tokens, in proportion beyond the sample's length. */
  estimateTokens(): number {
    if (this.#length === 0) return 0;
    return Math.round((estimateTokens(this.#sample) * this.#length) / this.#sample.length);
  }
}

/** The text that vendors count as output. */
function outputText(event: StreamEvent): string {
  if (event.type === 'text' || event.type === 'refusal' || event.type === 'reasoning') return event.text;
  if (event.type === 'tool_call') return event.name;
  return event.type === 'tool_arguments' ? event.json : '';
}
