import type { MatrixCase } from './matrix-case.ts';
import type { SdkClient } from './normal-form.ts';

type Names = Readonly<Partial<Record<SdkClient['name'], string>>>;

/** OpenAI's Responses take no bound below 16 tokens. */
const tooFewTokens: Names = { responses: 'max_output_tokens' };

/**
 * Features that a provider lacks, by case and provider. The client gets a 400 that names its own parameter. No field is
 * dropped silently.
 */
export const refused: Readonly<Record<string, Readonly<Record<string, Names>>>> = {
  'image by URL': { ollama: { openai: 'messages', responses: 'input', anthropic: 'messages', gemini: 'contents' } },
  'max tokens': { openai: tooFewTokens, acme: tooFewTokens },
};

/** What a provider knows nothing of, by case and provider, and why. Marked with – once what is there instead was seen. */
export const absent: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  refusal: { ollama: 'has no word for it: a refusal is text' },
  'retries after 429': { stub: 'limits no rates' },
  'no vain retries': { stub: 'has no credentials' },
};

export function refusedParameter(caseName: string, { provider, client }: MatrixCase): string | undefined {
  return refused[caseName]?.[provider.name]?.[client.name];
}

/** Whether the client cannot ask for it. */
export function isInexpressible(caseName: string, { client }: MatrixCase): boolean {
  return client.lacks?.includes(caseName) ?? false;
}

export function isAbsent(caseName: string, { provider }: MatrixCase): boolean {
  return absent[caseName]?.[provider.name] !== undefined;
}
