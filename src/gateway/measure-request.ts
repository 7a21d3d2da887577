import type { RequestSize, Target, UnmeasuredRequest } from './gateway-request.ts';
import { PromptMeter } from './prompt-meter.ts';
import { getTokenFactor, isClaude } from './token-factor.ts';

/** A longer prompt is measured in parts, and other requests run between them. In UTF-16 units. */
const maxUnitsAtOnce = 256 * 1024;

/** What Claude's instructions for tools take, and what each tool of Anthropic's own adds. Source: platform.claude.com, "Pricing". */
const claudeToolTokens = 550;
const claudeOwnToolTokens = 750;

type RequestTarget = { readonly model: string; readonly provider: Pick<Target['provider'], 'pricingVendor'> };

/** Measures the prompt of a request, once, and only where its size is asked for. */
export class RequestMeasure {
  readonly #read: () => UnmeasuredRequest;
  readonly #target: RequestTarget;
  #request: UnmeasuredRequest | undefined;
  #meter: PromptMeter | undefined;
  #size: RequestSize | undefined;

  constructor(read: () => UnmeasuredRequest, target: RequestTarget) {
    this.#read = read;
    this.#target = target;
  }

  /** Returns the size at once, however long the prompt is. */
  get size(): RequestSize {
    const size = this.#advance(Number.POSITIVE_INFINITY);
    if (!size) throw new Error('a prompt was not measured to its end');
    return size;
  }

  /** Returns the size of a short prompt, and a promise of that of a long one, which never rejects. */
  measure(): RequestSize | Promise<RequestSize> {
    return this.#advance(maxUnitsAtOnce) ?? this.#measureInParts();
  }

  async #measureInParts(): Promise<RequestSize> {
    let size: RequestSize | undefined;
    while (size === undefined) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      size = this.#advance(maxUnitsAtOnce);
    }
    return size;
  }

  #advance(maxUnits: number): RequestSize | undefined {
    if (this.#size) return this.#size;
    this.#request ??= this.#read();
    const { input, ...rest } = this.#request;
    if (typeof input === 'number') {
      this.#size = { ...rest, input };
      return this.#size;
    }
    this.#meter ??= new PromptMeter(input, this.#target.model);
    if (!this.#meter.run(maxUnits)) return undefined;
    const { text, images, predicted, hasHiddenContent } = this.#meter.size();
    const toolTokens = isClaude(this.#target) ? countClaudeToolTokens(input.tools) : 0;
    this.#size = {
      ...rest,
      input: Math.ceil(text * getTokenFactor(this.#target)) + toolTokens + images,
      ...(predicted > 0 && { predicted }),
      ...(hasHiddenContent && { hasHiddenInput: true }),
    };
    this.#meter = undefined;
    return this.#size;
  }
}

function countClaudeToolTokens(tools: unknown): number {
  if (!Array.isArray(tools) || tools.length === 0) return 0;
  const ownTools = tools.filter((tool: unknown) => typeof tool === 'object' && tool !== null && isOwnTool(tool)).length;
  return claudeToolTokens + ownTools * claudeOwnToolTokens;
}

function isOwnTool(tool: object): boolean {
  return 'type' in tool && typeof tool.type === 'string' && tool.type !== 'custom' && tool.type !== 'function';
}
