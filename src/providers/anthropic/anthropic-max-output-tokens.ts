import table from './anthropic-max-output-tokens.json' with { type: 'json' };

const maxTokensByFamily: ReadonlyMap<string, number> = new Map(Object.entries(table));
const defaultMaxTokens = 8192;

/**
 * Returns the most tokens that a Claude model can write; 8,192 for a model that is not in the table. Source: the model pages
 * of platform.claude.com/docs, November 2026.
 */
export function getClaudeMaxOutputTokens(model: string): number {
  return maxTokensByFamily.get(getClaudeFamily(model)) ?? defaultMaxTokens;
}

/** Returns a model's name without its version: `claude-3-5-sonnet` for `claude-3-5-sonnet-20241022` and `-latest`, `claude-sonnet-4` for `claude-sonnet-4-0`. */
export function getClaudeFamily(model: string): string {
  return model.replace(/[-@](?:\d{8}|latest)$/, '').replace(/^(claude-[a-z]+-\d)-0$/, '$1');
}
