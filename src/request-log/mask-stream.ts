import { maskPlainText, withoutEscapes } from './mask-secrets.ts';

/** The fields of all protocols in which a model's text comes in parts. The last one may be cut. */
const textParts =
  /"(content|text|delta|partial_json|arguments|thinking|reasoning|reasoning_content|response|refusal|transcript|completion|stringValue)"\s*:\s*"((?:[^"\\]|\\.)*)(?="|\\?$)/g;

/** What says to which of several texts a part belongs: to which choice, tool call, or item of the output. */
const textNumbers = /"(?:index|output_index|content_index|summary_index|item_id)"\s*:\s*(?:"[^"\\]*"|\d+)/g;

interface TextRange {
  readonly start: number;
  readonly end: number;
}

interface TextPart extends TextRange {
  readonly value: string;
  /** The parts of one text have the same. */
  readonly textId: string;
}

/**
 * Masks the secrets of an event stream or of JSON lines. A model writes a secret over several events: the parts of its text are also
 * joined, and the parts in which a secret is found that no part has by itself are masked as a whole.
 */
export function maskStreamText(text: string, secrets: readonly string[]): string {
  return withoutEscapes(text, (plain) => maskPlainText(maskJoinedParts(plain, secrets), secrets));
}

function maskJoinedParts(text: string, secrets: readonly string[]): string {
  const parts = findParts(text);
  const texts = Map.groupBy(parts, ({ textId }) => textId);
  // All together, too: a vendor may number the parts of one text differently.
  const joined = texts.size > 1 ? [parts, ...texts.values()] : [parts];
  const masked = new Set(joined.flatMap((some) => findMaskedParts(some, secrets)));
  let result = '';
  let from = 0;
  for (const part of parts) {
    if (!masked.has(part)) continue;
    result += `${text.slice(from, part.start)}[redacted]`;
    from = part.end;
  }
  return result + text.slice(from);
}

/** Finds the parts of all texts. Each event is one line. */
function findParts(text: string): TextPart[] {
  let offset = 0;
  return text.split('\n').flatMap((line) => {
    const lineStart = offset;
    offset += line.length + 1;
    const numbers = line.match(textNumbers)?.join() ?? '';
    const counts = new Map<string, number>();
    return [...line.matchAll(textParts)].map(({ index, 0: match, 1: name = '', 2: value = '' }) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const end = lineStart + index + match.length;
      return { start: end - value.length, end, value, textId: `${name} ${count} ${numbers}` };
    });
  });
}

/** Returns the parts that have a piece of a secret once they are joined. */
function findMaskedParts(parts: readonly TextPart[], secrets: readonly string[]): TextPart[] {
  const joined = parts.map(({ value }) => value).join('');
  const masked = maskPlainText(joined, secrets);
  if (masked === joined) return [];
  const ranges = findDifferences(joined, masked);
  let offset = 0;
  return parts.filter(({ value }) => {
    const [first, last] = [offset, offset + value.length];
    offset = last;
    return ranges.some((range) => range.start < last && first < range.end);
  });
}

/** Returns what the masks stand for: the two texts are equal before and behind each of them. */
function findDifferences(joined: string, masked: string): TextRange[] {
  const pieces = masked.split('[redacted]');
  const ranges: TextRange[] = [];
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
