import { estimateTokenCount } from 'tokenx';
import { estimateAsciiTokens } from './estimate-ascii-tokens.ts';

/** Longer texts are judged by samples: a whole prompt of 10 MiB would take a second of CPU. In characters. */
const maxWhole = 65_536;
const samples = 16;
const sampleLength = maxWhole / samples;

/**
 * About how many tokens a text has, for a stream that was cut off before its provider counted. It goes by rules for
 * words and scripts (within some 10 % of OpenAI's o200k_base on ordinary text), without a vocabulary to load.
 */
export function estimateTokens(text: string): number {
  if (text.length <= maxWhole) return estimateWhole(text);
  const stride = (text.length - sampleLength) / (samples - 1);
  let sampled = 0;
  for (let i = 0; i < samples; i++) {
    const start = Math.floor(i * stride);
    sampled += estimateWhole(text.slice(start, start + sampleLength));
  }
  return Math.round((sampled * text.length) / maxWhole);
}

const beyondAscii = /[^\0-\x7f]/;

function estimateWhole(text: string): number {
  return beyondAscii.test(text) ? estimateTokenCount(text) : estimateAsciiTokens(text);
}
