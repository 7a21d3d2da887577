/**
 * Inputs that gateways failed on, which may lie beside a checkout of this project. They are read where they are there and never
 * copied; the test against them skips, and says so, where they are not.
 */
const files = import.meta.glob<CaseFile>('../../../../shared/cases/*.json', { import: 'default', eager: true });

/** A part of a scripted body: text, or text that is repeated with a pause after each. */
export type ScriptedChunk = string | { readonly repeat: string; readonly times: number; readonly everyMs?: number };

/** What the provider answers. At most one of `chunks`, `json` and `body` is there. */
export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the response headers wait. */
  readonly headerDelayMs?: number;
  /** Written one by one. */
  readonly chunks?: readonly ScriptedChunk[];
  /** The pause between two chunks. */
  readonly delayMs?: number;
  /** Whether the chunks are base64. */
  readonly b64?: boolean;
  readonly json?: unknown;
  readonly body?: string;
}

/** What must be true of the client's reply, the provider's request and the ledger. All members must hold. */
export interface Assertions {
  readonly status?: number;
  readonly endsWithTerminal?: boolean;
  readonly hasError?: boolean;
  readonly errorIsProviders?: boolean;
  readonly text?: string;
  readonly hasToolCall?: boolean;
  /** The type of each member of the first tool call's input. */
  readonly toolInput?: Readonly<Record<string, string>>;
  readonly finish?: string;
  readonly finishIsNot?: string;
  readonly hasReasoning?: boolean;
  readonly hasUsageChunkWithoutChoices?: boolean;
  readonly tokensOut?: number;
  readonly tokensAreKnown?: boolean;
  readonly ledgerTokensAreKnown?: boolean;
  /** US dollars. */
  readonly costNullOrAbove?: number;
  readonly upstreamBodyContains?: string;
  /** A regular expression. */
  readonly upstreamToolIdsMatch?: string;
  readonly anyBodyContains?: readonly string[];
  readonly requestsToOtherOrigin?: number;
  readonly droppedContains?: string;
  readonly allowHeadersContain?: string;
  readonly keepAliveHasNoBlankLineOfItsOwn?: boolean;
  readonly upstreamBytesReadAtMost?: number;
  readonly cpuGrows?: 'linearly';
  readonly anyOf?: readonly Assertions[];
  /** In words: the test has a check of its own under the name of the case. */
  readonly note?: string;
}

export interface CaseFile {
  readonly name: string;
  readonly expect: string;
  readonly clientRequest: {
    readonly method?: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly json?: object;
    readonly raw?: string;
  };
  readonly upstreamReply?: ScriptedReply | null;
  readonly assert: Assertions;
}

/** Whether a case takes longer than a few seconds. */
function isSlow({ upstreamReply }: CaseFile): boolean {
  const pauses = upstreamReply?.chunks?.map((chunk) => (typeof chunk === 'string' ? 0 : (chunk.everyMs ?? 0))) ?? [];
  return Math.max(upstreamReply?.headerDelayMs ?? 0, ...pauses) > 5_000;
}

const sorted = Object.values(files).toSorted((left, right) => left.name.localeCompare(right.name));

export const quickCases: readonly CaseFile[] = sorted.filter((one) => !isSlow(one));
export const slowCases: readonly CaseFile[] = sorted.filter(isSlow);
export const hasNoCases = sorted.length === 0;
if (hasNoCases) console.warn('SKIPPED: there is no folder of cases beside this checkout.');
