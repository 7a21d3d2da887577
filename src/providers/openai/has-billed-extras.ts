/**
 * Names of counts, in a `usage` object of OpenAI's protocol, that vendors bill beside the tokens or at another price: searches
 * and their sources, tools that the vendor runs, pages, audio, and pictures that the model makes. What a model sees costs what
 * its text costs, so `image_tokens` of a prompt are not among them.
 */
const extraName =
  /search|source|server_tool|server_side_tool|plugin|citation_tokens|audio|pixel|pages|_requests$|_executions$/;
const outputExtraName = /image|video/;
const maxDepth = 4;

/** Returns whether a `usage` object counts anything that costs more than the price list says of its tokens. */
export function hasBilledExtras(usage: unknown): boolean {
  return hasCount(usage, { isExtra: false, isOutput: false }, 0);
}

interface Place {
  /** Whether a member around this value is an extra. */
  readonly isExtra: boolean;
  /** Whether a member around this value is about the output. */
  readonly isOutput: boolean;
}

function hasCount(value: unknown, place: Place, depth: number): boolean {
  if (typeof value === 'number') return place.isExtra && value > 0;
  if (typeof value !== 'object' || value === null || depth === maxDepth) return false;
  for (const [name, inner] of Object.entries(value)) {
    // Most members are token counts of the usual kinds.
    if (inner === 0 || typeof inner === 'string') continue;
    const isOutput = place.isOutput || name.startsWith('completion') || name.startsWith('output');
    const isExtra = place.isExtra || extraName.test(name) || (isOutput && outputExtraName.test(name));
    if (hasCount(inner, { isExtra, isOutput }, depth + 1)) return true;
  }
  return false;
}
