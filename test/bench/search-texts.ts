import { readFileSync } from 'node:fs';
import { estimateTokens } from '../../src/usage/estimate-tokens.ts';
import { countTokens } from './count-tokens.ts';
import { createRandom, makeText, textKinds } from './token-texts.ts';

/** The text of a search with the highest ratio of tokens to its estimate. */
export interface FoundText {
  readonly text: string;
  /** Tokens divided by the estimate. */
  readonly ratio: number;
  readonly tries: number;
}

/** Characters that end words, pieces and runs. */
const mixes = ['', ' ', " '", ' \n\t', "aA1 .'\u00a0", '\r\n /', 'éñ中д', '\u0301 '];
const minLength = 240;
const maxIdleTries = 150;
const maxParts = 60;

/** Searches for texts with a low estimate: changes one part of a text at a time and keeps the worse text. */
export function searchTexts({ tries, seed }: { readonly tries: number; readonly seed: number }): FoundText {
  const random = createRandom(seed);
  const tables = JSON.parse(readFileSync(new URL('../../src/usage/token-tables.json', import.meta.url), 'utf8'));
  const words = String(tables.words)
    .split(' ')
    .map((word) => ` ${word}`);
  const pools = [words, ...Object.keys(textKinds).map((kind) => [...makeText(kind, 4_096, random)])];
  const choose = <T>(list: readonly T[], otherwise: T): T => list[random(list.length)] ?? otherwise;
  let worst: FoundText = { text: '', ratio: 0, tries };
  let tried = 0;
  const scoreOf = (parts: readonly string[]): number => {
    tried += 1;
    const part = parts.join('');
    const text = part.repeat(Math.ceil(minLength / Math.max(1, part.length)));
    const ratio = countTokens(text) / Math.max(1, estimateTokens(text));
    if (ratio > worst.ratio) worst = { text, ratio, tries };
    return ratio;
  };
  while (tried < tries) {
    const pool = choose(pools, words);
    const mix = [...choose(mixes, '')];
    const other = random(4) === 0 ? choose(pools, words) : pool;
    const pick = (): string => {
      if (random(4) === 0) return choose(mix, ' ');
      return random(3) === 0 ? choose(other, ' ') : choose(pool, ' ');
    };
    let best = Array.from({ length: 3 + random(30) }, pick);
    let bestScore = scoreOf(best);
    for (let idle = 0; idle < maxIdleTries && tried < tries; idle += 1) {
      const next = change(best, random, pick);
      const score = scoreOf(next);
      if (score > bestScore) idle = 0;
      if (score < bestScore) continue;
      best = next;
      bestScore = score;
    }
  }
  return worst;
}

function change(parts: readonly string[], random: (below: number) => number, pick: () => string): string[] {
  const next = [...parts];
  const at = random(next.length);
  const other = random(next.length);
  const move = random(5);
  if (move === 0) next.splice(at, 0, pick());
  else if (move === 1 && next.length > 2) next.splice(at, 1);
  else if (move === 2) next.splice(at, 0, ...next.slice(at, at + 1 + random(4)));
  else if (move === 3) [next[at], next[other]] = [next[other] ?? '', next[at] ?? ''];
  else next[at] = pick();
  return next.slice(0, maxParts);
}
