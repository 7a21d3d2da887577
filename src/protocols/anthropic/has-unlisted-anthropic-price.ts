import { hasAnthropicSurcharge } from '../../providers/anthropic/has-anthropic-surcharge.ts';
import { isObject } from './anthropic-field-schemas.ts';

/** The types of tools, without their dates, that the client runs, or that cost their tokens only. */
const unbilledTools: ReadonlySet<string> = new Set([
  ...['custom', 'function', 'bash', 'text_editor', 'memory', 'computer', 'computer_toolset', 'browser_toolset'],
  ...['web_fetch', 'tool_search_tool_regex', 'tool_search_tool_bm25', 'mcp_toolset'],
]);
/** A message may define a tool, too. The text is searched, because a walk over a body of 10 MiB would take longer. */
const billedToolType = /"(?:web_search|code_execution|advisor)_20\d{6}"/;

/**
 * Returns whether a request of Anthropic's asks for what has another price than its model's tokens, or a number of fees that
 * nothing bounds: fast mode, inference in one region, or a tool that Anthropic runs for a fee. `text` is the body as it came. Under a
 * budget such a request is refused. It errs on that side: a type of tool that is not listed counts as billed, and so does a text that
 * only quotes one. Add a type to `unbilledTools` only if Anthropic's price list has no fee for it.
 */
export function hasUnlistedAnthropicPrice(body: Readonly<Record<string, unknown>>, text: string): boolean {
  const { tools, fallbacks } = body;
  return (
    hasAnthropicSurcharge(body) ||
    (Array.isArray(fallbacks) && fallbacks.some((one) => isObject(one) && hasAnthropicSurcharge(one))) ||
    (Array.isArray(tools) && tools.some(isBilledTool)) ||
    billedToolType.test(text) ||
    // JSON may escape any letter. Only then is the body written again, without escapes.
    (text.includes('\\u') && billedToolType.test(JSON.stringify(body)))
  );
}

/** Returns whether Anthropic may summarise the prompt before it replies. */
export function asksForCompaction({ context_management, compaction }: Readonly<Record<string, unknown>>): boolean {
  if (isObject(compaction)) return true;
  const edits = isObject(context_management) ? context_management.edits : undefined;
  return (
    Array.isArray(edits) &&
    edits.some((edit) => isObject(edit) && typeof edit.type === 'string' && edit.type.startsWith('compact'))
  );
}

function isBilledTool(tool: unknown): boolean {
  if (!isObject(tool) || typeof tool.type !== 'string') return false;
  return !unbilledTools.has(tool.type.replace(/_20\d{6}$/, ''));
}
