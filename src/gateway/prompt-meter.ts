import { boundTokens } from '../usage/bound-tokens.ts';
import { maxTokensPerCut, toEstimate } from '../usage/estimate-tokens.ts';
import { estimateImageTokens } from './estimate-image-tokens.ts';
import { isObject, readMedia } from './read-media.ts';
import type { Prompt } from './read-prompt.ts';

/** The estimated tokens of a prompt. */
interface PromptSize {
  /** Tokens of text. */
  readonly text: number;
  readonly images: number;
  /** Tokens of predicted output. */
  readonly predicted: number;
  /** Whether the provider adds content that is not in the request, or reads files whose text is not known. */
  readonly hasHiddenContent: boolean;
}

/** A list whose values are still to be measured. */
interface Frame {
  readonly values: readonly unknown[];
  readonly mode: Mode;
  next: number;
}

/** In `content` the names of a message's own fields do not count, and images and files do. In `data` all names count. */
type Mode = 'content' | 'data' | 'predicted';

/** What vendors add for each message: roles and separators. */
const tokensPerMessage = 4;
/** Brackets and commas of a list or an object, quotation marks and colons of a field, and what separates texts. */
const boundPerContainer = 2;
const boundPerField = 2;
const boundPerText = 1;
const boundPerDataText = 2;
/** What a step costs beside the text that it measures, in UTF-16 units. */
const unitsPerStep = 8;
/** Texts are measured in parts of this length, so that no part takes longer than about two milliseconds. */
const maxPartLength = 65_536;

/** Fields of messages and of their parts. A field that is not here is data, with all that is in it. */
const contentFields: ReadonlySet<string> = new Set([
  ...['type', 'role', 'content', 'text', 'name', 'id', 'tool_calls', 'tool_call_id', 'toolCallId', 'tool_use_id'],
  ...['call_id', 'function', 'arguments', 'argumentsJson', 'is_error', 'isError', 'refusal', 'reasoning'],
  ...['reasoning_content', 'thinking', 'signature', 'data', 'summary', 'output', 'status', 'source', 'file', 'title'],
  ...['context', 'media_type', 'mediaType', 'detail', 'image_url', 'url', 'encrypted_content', 'cache_control'],
]);
/** Fields whose short values name a kind, and are no text. */
const kindFields: ReadonlySet<string> = new Set(['type', 'role', 'status', 'media_type', 'mediaType', 'detail']);
const maxKindLength = 32;

/**
 * Estimates the tokens of a prompt in one walk over its values, in as many runs as the caller likes: no text is skipped, and no
 * run takes longer than its units. It does not recurse, for a body may be nested as deeply as it is long.
 */
export class PromptMeter {
  readonly #prompt: Prompt;
  /** In lower case. */
  readonly #model: string;
  readonly #frames: Frame[];
  #bound = 0;
  #predictedBound = 0;
  #messages = 0;
  #images = 0;
  #hasHiddenContent: boolean;
  /** Where the search for long numbers in the JSON goes on; undefined: there is none to find. */
  #numbersFrom: number | undefined;
  /** A long text that is measured in part. */
  #open: { readonly text: string; readonly mode: Mode; offset: number } | undefined;

  constructor(prompt: Prompt, model: string) {
    this.#prompt = prompt;
    this.#model = model.toLowerCase();
    this.#hasHiddenContent = prompt.hasHiddenContent ?? false;
    this.#frames = [
      { values: [prompt.predicted], mode: 'predicted', next: 0 },
      { values: prompt.data, mode: 'data', next: 0 },
      { values: prompt.content, mode: 'content', next: 0 },
    ];
  }

  /** Measures about so many UTF-16 units more. Returns whether the prompt is measured. */
  run(maxUnits: number): boolean {
    let units = maxUnits;
    while (units > 0) {
      if (this.#open) units -= this.#continueText(this.#open);
      else {
        const frame = this.#frames.at(-1);
        if (frame === undefined) {
          if (!this.#hasUnreadNumbers()) return true;
          units -= this.#addLongNumbers();
        } else if (frame.next === frame.values.length) this.#frames.pop();
        else units -= this.#add(frame.values[frame.next++], frame.mode);
      }
    }
    return this.#frames.length === 0 && this.#open === undefined && !this.#hasUnreadNumbers();
  }

  /** Returns what has been measured. */
  size(): PromptSize {
    return {
      text: toEstimate(this.#bound) + this.#messages * tokensPerMessage,
      images: this.#images,
      predicted: toEstimate(this.#predictedBound),
      hasHiddenContent: this.#hasHiddenContent,
    };
  }

  /** Adds a value. Returns the units that it took. */
  #add(value: unknown, mode: Mode): number {
    if (typeof value === 'string') return this.#addText(value, mode);
    if (Array.isArray(value)) {
      if (mode !== 'content') this.#addBound(boundPerContainer, mode);
      this.#frames.push({ values: value, mode, next: 0 });
    } else if (isObject(value)) {
      return this.#addObject(value, mode);
    } else if (value !== undefined && (value !== null || mode !== 'content')) {
      if (typeof value === 'number') this.#numbersFrom ??= 0;
      this.#addBound(boundTokens(String(value)) + boundPerText, mode);
    }
    return unitsPerStep;
  }

  #addText(text: string, mode: Mode): number {
    this.#addBound(mode === 'content' ? boundPerText : boundPerDataText, mode);
    if (text.length <= maxPartLength) {
      this.#addBound(boundTokens(text), mode);
      return unitsPerStep + text.length;
    }
    this.#open = { text, mode, offset: 0 };
    return unitsPerStep;
  }

  #continueText(open: { readonly text: string; readonly mode: Mode; offset: number }): number {
    const end = Math.min(open.text.length, open.offset + maxPartLength);
    this.#addBound(boundTokens(open.text, open.offset, end) + maxTokensPerCut, open.mode);
    const units = end - open.offset;
    open.offset = end;
    if (end === open.text.length) this.#open = undefined;
    return units;
  }

  #addObject(value: Readonly<Record<string, unknown>>, mode: Mode): number {
    const names = Object.keys(value);
    if (mode !== 'content') {
      this.#addBound(boundPerContainer + boundPerField * names.length, mode);
      this.#frames.push({ values: names.flatMap((name) => [name, value[name]]), mode, next: 0 });
      return unitsPerStep * (1 + names.length);
    }
    const media = readMedia(value);
    if (media?.image) this.#images += estimateImageTokens(media.image, this.#model);
    if (media?.bytes) this.#bound += media.bytes;
    if (media?.isHidden) this.#hasHiddenContent = true;
    const content: unknown[] = [];
    const data: unknown[] = [];
    for (const name of names) {
      const field = value[name];
      if (media?.fields.includes(name)) continue;
      if (name === 'role') this.#messages += 1;
      const isKind = kindFields.has(name) && typeof field === 'string' && field.length <= maxKindLength;
      if (isKind || name === 'cache_control') continue;
      if (contentFields.has(name) && name !== 'arguments') content.push(field);
      else if (typeof field === 'string') content.push(name, field);
      else data.push(name, field);
    }
    this.#frames.push({ values: data, mode: 'data', next: 0 }, { values: content, mode, next: 0 });
    return unitsPerStep * (1 + names.length);
  }

  #hasUnreadNumbers(): boolean {
    const { json } = this.#prompt;
    return this.#numbersFrom !== undefined && json !== undefined && this.#numbersFrom < json.length;
  }

  /**
   * Adds the numbers that have more digits than a value of JavaScript keeps: a body that is sent as it came keeps them all.
   * Digits in texts are taken for numbers, and count twice.
   */
  #addLongNumbers(): number {
    const start = this.#numbersFrom ?? 0;
    const part = this.#prompt.json?.slice(start, start + maxPartLength) ?? '';
    for (const [number] of part.matchAll(/\d[\d.]{4,}/g)) this.#bound += Math.ceil(number.length / 3) + 2;
    this.#numbersFrom = start + maxPartLength;
    return part.length;
  }

  #addBound(bound: number, mode: Mode): void {
    if (mode === 'predicted') this.#predictedBound += bound;
    else this.#bound += bound;
  }
}
