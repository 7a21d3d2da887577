/** What Gemini's API sends, as far as it is written here. Source: the types of @google/genai, and recorded replies. */
export interface GenerateContentResponse {
  readonly candidates: readonly [Candidate];
  readonly usageMetadata?: UsageMetadata;
  /** The model that was asked for. */
  readonly modelVersion: string;
  readonly responseId: string;
}

export interface Candidate {
  readonly content: { readonly parts: readonly Part[]; readonly role: 'model' };
  /** Only in a whole reply, and in the last chunk of a stream. */
  readonly finishReason?: FinishReason;
  readonly index: 0;
}

export type Part =
  | { readonly text: string; readonly thought?: true; readonly thoughtSignature?: string }
  | { readonly functionCall: FunctionCall; readonly thoughtSignature?: string };

export interface FunctionCall {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export type FinishReason = 'STOP' | 'MAX_TOKENS' | 'SAFETY' | 'OTHER';

/** A count that is not known is left out. */
export interface UsageMetadata {
  /** All input, what was read from the cache included. */
  readonly promptTokenCount?: number;
  readonly cachedContentTokenCount?: number;
  /** Without the thoughts. */
  readonly candidatesTokenCount?: number;
  readonly thoughtsTokenCount?: number;
  readonly totalTokenCount?: number;
}
