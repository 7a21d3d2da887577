import { maskSecretText } from './mask-secrets.ts';

/** The fields of all protocols in which a model's text comes in parts. */
const textParts =
  /("(?:content|text|delta|partial_json|arguments|thinking|reasoning|reasoning_content|response|refusal)"\s*:\s*")((?:[^"\\]|\\.)*)(?=")/g;

interface TextPart {
  readonly start: number;
  readonly end: number;
}

/**
 * Masks the secrets of an event stream or of JSON lines. A model writes a secret over several events: the parts of its text are also
 * joined, and the parts in which a secret is found that no part has by itself are masked as a whole.
 */
export function maskStreamText(text: string, secrets: readonly string[]): string {
  return maskSecretText(maskJoinedParts(text, secrets), secrets);
}

function maskJoinedParts(text: string, secrets: readonly string[]): string {
  const parts: TextPart[] = [];
  let joined = '';
  for (const match of text.matchAll(textParts)) {
    const [, name = '', value = ''] = match;
    parts.push({ start: match.index + name.length, end: match.index + name.length + value.length });
    joined += value;
  }
  const masked = maskSecretText(joined, secrets);
  if (masked === joined) return text;
  let result = '';
  let from = 0;
  for (const { start, end } of findMaskedParts(parts, joined, masked)) {
    result += `${text.slice(from, start)}[redacted]`;
    from = end;
  }
  return result + text.slice(from);
}

/** Returns the parts that are not in the masked text as they were: the two texts are equal before and behind each mask. */
function findMaskedParts(parts: readonly TextPart[], joined: string, masked: string): TextPart[] {
  const ranges = findDifferences(joined, masked);
  let offset = 0;
  return parts.filter(({ start, end }) => {
    const [first, last] = [offset, offset + end - start];
    offset = last;
    return ranges.some((range) => range.start < last && first < range.end);
  });
}

/** Returns what the masks stand for. */
function findDifferences(joined: string, masked: string): TextPart[] {
  const pieces = masked.split('[redacted]');
  const ranges: TextPart[] = [];
  let position = pieces[0]?.length ?? 0;
  for (const [index, piece] of pieces.slice(1).entries()) {
    const isLast = index === pieces.length - 2;
    const end = isLast ? joined.length - piece.length : joined.indexOf(piece, position + 1);
    if (end < position) return [{ start: 0, end: joined.length }];
    ranges.push({ start: position, end });
    position = end + piece.length;
  }
  return ranges;
}
