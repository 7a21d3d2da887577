import { estimateTokens } from '../../src/usage/estimate-tokens.ts';
import { countTokens } from './count-tokens.ts';
import { createRandom, makeText, textKinds } from './token-texts.ts';

/** The estimates of one kind of text. */
export interface EstimateRow {
  readonly kind: string;
  /** The minimum and the maximum of estimated to counted tokens, by the size of the text. */
  readonly ratios: readonly { readonly kib: number; readonly min: number; readonly max: number }[];
  /** The CPU time for the largest size. */
  readonly msPerMib: number;
}

/** A longer text repeats a part of this length, so that only the part is counted. */
const maxPartKib = 32;
const smallTexts = 10;

/** Compares estimates with o200k_base, for each kind of text and each size. */
export function measureEstimates(sizesKib: readonly number[], seed = 7): EstimateRow[] {
  return Object.keys(textKinds).map((kind) => {
    const random = createRandom(seed);
    let msPerMib = 0;
    const ratios = sizesKib.map((kib) => {
      const repeats = Math.ceil(kib / maxPartKib);
      const all = Array.from({ length: kib === 1 ? smallTexts : 1 }, () => {
        const part = makeText(kind, (kib / repeats) * 1024, random);
        const text = part.repeat(repeats);
        msPerMib = timeEstimate(text);
        return estimateTokens(text) / (countTokens(part) * repeats);
      });
      return { kib, min: Math.min(...all), max: Math.max(...all) };
    });
    return { kind, ratios, msPerMib };
  });
}

/** Returns milliseconds of CPU per MiB. Elapsed time would include other work on the machine. */
function timeEstimate(text: string): number {
  const rounds = 3;
  const start = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) estimateTokens(text);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) / 1000 / rounds) * ((1024 * 1024) / Buffer.byteLength(text));
}
