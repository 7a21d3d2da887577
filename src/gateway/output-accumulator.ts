import type { ChatResponse, StreamEvent } from '../domain/response.ts';
import { estimateTokens } from '../usage/estimate-tokens.ts';

/** Enough to estimate from; an isolate that serves many long streams must not hold them all. */
const maxSampleLength = 64 * 1024;

/** What a reply consists of, or has so far, kept for the case that its provider does not count it. */
export class OutputAccumulator {
  #sample = '';
  #length = 0;
  #counted = false;

  /** Whether the provider's count came after the last of the text, and so covers it. */
  get counted(): boolean {
    return this.#counted;
  }

  /** Of a whole reply. */
  static of({ content, refusal = '' }: Pick<ChatResponse, 'content' | 'refusal'>): OutputAccumulator {
    const produced = new OutputAccumulator();
    produced.#add(refusal);
    for (const part of content)
      produced.#add(part.type === 'tool_call' ? `${part.name}${part.argumentsJson}` : part.text);
    return produced;
  }

  add(event: StreamEvent): void {
    if (event.type === 'usage') this.#counted = true;
    const text = producedText(event);
    if (text === '') return;
    this.#counted = false;
    this.#add(text);
  }

  #add(text: string): void {
    this.#length += text.length;
    const left = maxSampleLength - this.#sample.length;
    if (left > 0) this.#sample += text.slice(0, left);
  }

  /** An estimate; beyond the sample's length by proportion. */
  estimateTokens(): number {
    if (this.#length === 0) return 0;
    return Math.round((estimateTokens(this.#sample) * this.#length) / this.#sample.length);
  }
}

/** Whatever vendors count as output. */
function producedText(event: StreamEvent): string {
  if (event.type === 'text' || event.type === 'refusal' || event.type === 'reasoning') return event.text;
  if (event.type === 'tool_call') return event.name;
  return event.type === 'tool_arguments' ? event.json : '';
}
