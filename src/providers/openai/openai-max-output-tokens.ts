import table from './openai-max-output-tokens.json' with { type: 'json' };

/** Longest first, so that `gpt-4.1-mini` is not taken for `gpt-4`. */
const families = Object.entries(table).sort(([left], [right]) => right.length - left.length);

/**
 * Returns the most tokens that a model of OpenAI's can write; undefined for a model of no family in the table. Source:
 * platform.openai.com/docs/models, November 2026.
 */
export function getOpenAiMaxOutputTokens(model: string): number | undefined {
  return families.find(([family]) => model === family || model.startsWith(`${family}-`))?.[1];
}
