import type { ChatResponse, StreamEvent } from '../domain/response.ts';
import { boundTokens } from '../usage/bound-tokens.ts';
import { maxTokensPerCut, toEstimate } from '../usage/estimate-tokens.ts';

/** In UTF-16 units. What is longer is measured as it comes: an isolate that serves many long streams cannot hold them all. */
const maxPendingLength = 64 * 1024;

/** Accumulates the output of a response, to estimate its tokens where the provider does not count them. */
export class OutputAccumulator {
  readonly #tokenFactor: number;
  #pending = '';
  /** The bound of what is no longer pending. */
  #bound = 0;
  #counted = false;
  #countedTokens: number | undefined;

  /** `tokenFactor`: how many tokens the model makes of a text where o200k_base makes one. */
  constructor(tokenFactor = 1) {
    this.#tokenFactor = tokenFactor;
  }

  /** Whether the provider's count of the output came after the last text, and so covers all of it. */
  get counted(): boolean {
    return this.#counted;
  }

  /** Returns the output of a whole response. */
  static of(
    { content, refusal = '' }: Pick<ChatResponse, 'content' | 'refusal'>,
    tokenFactor?: number,
  ): OutputAccumulator {
    const output = new OutputAccumulator(tokenFactor);
    output.#pending = refusal;
    for (const part of content) {
      output.#pending += part.type === 'tool_call' ? `${part.name}${part.argumentsJson}` : part.text;
    }
    return output;
  }

  add(event: StreamEvent): void {
    if (event.type === 'usage') this.#recordCount(event.usage.output);
    const text = outputText(event);
    if (text === '') return;
    this.#counted = false;
    this.#pending += text;
    if (this.#pending.length <= maxPendingLength) return;
    this.#bound += boundTokens(this.#pending) + maxTokensPerCut;
    this.#pending = '';
  }

  /** A count that is repeated covers no more than it did before. */
  #recordCount(tokens: number | undefined): void {
    if (tokens !== this.#countedTokens) this.#counted = tokens !== undefined;
    this.#countedTokens = tokens;
  }

  /** Estimates the output tokens. */
  estimateTokens(): number {
    return Math.ceil(toEstimate(this.#bound + boundTokens(this.#pending)) * this.#tokenFactor);
  }
}

/** The text that vendors count as output. */
function outputText(event: StreamEvent): string {
  if (event.type === 'text' || event.type === 'refusal' || event.type === 'reasoning') return event.text;
  if (event.type === 'tool_call') return event.name;
  return event.type === 'tool_arguments' ? event.json : '';
}
