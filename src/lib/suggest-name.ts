import { distance } from 'fastest-levenshtein';

/**
 * Returns `: did you mean "maxTokens"?` for the candidate nearest to `name`: at most one character in three differs.
 * Case and underscores do not count. Returns an empty text where no candidate is that near.
 */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const normalized = normalizeName(name.slice(0, 64));
  const [nearest] = candidates
    .map((candidate) => ({ candidate, edits: distance(normalized, normalizeName(candidate)) }))
    .sort((left, right) => left.edits - right.edits);
  if (!nearest || nearest.edits > Math.round(normalized.length / 3)) return '';
  return `: did you mean ${JSON.stringify(nearest.candidate)}?`;
}

function normalizeName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
