import type { ReasoningPart, ToolCall } from '../../domain/request.ts';
import { parseToolArguments } from '../../providers/parse-tool-arguments.ts';
import type { Part } from './gemini-api-types.ts';
import { encodeGeminiThoughtSignature } from './gemini-thought-signature.ts';

/**
 * Encodes what a reply consists of as parts. An opaque value waits for the next text, where Gemini's own signatures stand, or for
 * the end; a function call has its own. Clients may drop thoughts, so that none depends on them.
 */
export class GeminiPartEncoder {
  readonly #includeThoughts: boolean;
  #pending: PendingValue[] = [];
  #isTextSigned = false;

  constructor({ includeThoughts }: { readonly includeThoughts: boolean }) {
    this.#includeThoughts = includeThoughts;
  }

  /** `isSigned`: the next opaque value stands for the vendor's signature of this text. */
  encodeText(text: string, isSigned = false): Part[] {
    if (isSigned) this.#isTextSigned = true;
    if (text === '') return [];
    const [value] = this.#pending.splice(0, 1);
    return [...this.flush(), { text, ...encodeSignature(value?.opaque) }];
  }

  encodeReasoning({ text, opaque }: Pick<ReasoningPart, 'text' | 'opaque'>): Part[] {
    if (opaque !== undefined) this.#pending.push({ opaque, isOfText: this.#isTextSigned });
    this.#isTextSigned = false;
    return this.#includeThoughts && text !== '' ? [{ text, thought: true }] : [];
  }

  encodeCall({ id, name, argumentsJson, opaque }: Omit<ToolCall, 'type'>): Part[] {
    // The value of a call stands for all reasoning before it.
    if (opaque !== undefined) this.#pending = this.#pending.filter(({ isOfText }) => isOfText);
    const functionCall = { id, name, args: parseToolArguments(argumentsJson) };
    return [...this.flush(), { functionCall, ...encodeSignature(opaque) }];
  }

  /** Returns parts with the values that wait. */
  flush(): Part[] {
    return this.#pending.splice(0).map(({ opaque }) => ({ text: '', ...encodeSignature(opaque) }));
  }
}

interface PendingValue {
  readonly opaque: string;
  readonly isOfText: boolean;
}

function encodeSignature(opaque: string | undefined): { readonly thoughtSignature?: string } {
  return opaque === undefined ? {} : { thoughtSignature: encodeGeminiThoughtSignature(opaque) };
}
