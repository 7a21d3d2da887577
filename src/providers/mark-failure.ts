import type { ToolResult } from '../domain/request.ts';
import type { TranslationReport } from '../domain/translation-report.ts';

/**
 * Returns the text of a tool's result for a protocol that has no mark for a failed tool. In a strict request that the tool failed is
 * for the content to say.
 */
export function markFailure(
  text: string,
  { isError }: ToolResult,
  index: number,
  translation: TranslationReport | undefined,
): string {
  if (!isError || !translation) return text;
  translation.adjust(['messages', index]);
  return text === '' ? 'The tool failed.' : `The tool failed:\n${text}`;
}
