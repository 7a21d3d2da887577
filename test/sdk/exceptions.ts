import type { MatrixCase } from './matrix-case.ts';

type Names = Readonly<Record<'openai' | 'responses' | 'anthropic', string>>;

/**
 * What a provider cannot do, by case and provider: the client gets a 400 that names its own parameter. Nothing is left out
 * of the call in silence.
 */
export const refused: Readonly<Record<string, Readonly<Record<string, Names>>>> = {
  'image by URL': { ollama: { openai: 'messages', responses: 'input', anthropic: 'messages' } },
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

export function isAbsent(caseName: string, { provider }: MatrixCase): boolean {
  return absent[caseName]?.[provider.name] !== undefined;
}
