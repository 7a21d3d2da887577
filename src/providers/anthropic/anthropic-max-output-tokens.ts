import table from './anthropic-max-output-tokens.json' with { type: 'json' };

const known: ReadonlyMap<string, number> = new Map(Object.entries(table));
const unknownModel = 8192;

/**
 * The most tokens that a model can write, which the Messages API wants to be told where the caller sets no bound. 8,192
 * for a model that the table does not know. Source: the model pages of platform.claude.com/docs, November 2026.
 */
export function getClaudeMaxOutputTokens(model: string): number {
  return known.get(getClaudeFamily(model)) ?? unknownModel;
}

/** `claude-3-5-sonnet` for `claude-3-5-sonnet-20241022` and `-latest`, `claude-sonnet-4` for `claude-sonnet-4-0`. */
export function getClaudeFamily(model: string): string {
  return model.replace(/[-@](?:\d{8}|latest)$/, '').replace(/^(claude-[a-z]+-\d)-0$/, '$1');
}
