import { distance } from 'fastest-levenshtein';

/**
 * `: did you mean "maxTokens"`, with the name that was probably meant: of three characters one may be wrong, whatever the
 * case and the underscores. Empty where none is so near.
 */
export function didYouMean(sent: string, known: readonly string[]): string {
  const wanted = plain(sent.slice(0, 64));
  const [nearest] = known
    .map((name) => ({ name, steps: distance(wanted, plain(name)) }))
    .sort((left, right) => left.steps - right.steps);
  if (!nearest || nearest.steps > Math.round(wanted.length / 3)) return '';
  return `: did you mean ${JSON.stringify(nearest.name)}`;
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
