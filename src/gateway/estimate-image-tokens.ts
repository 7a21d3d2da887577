import type { ImageSize } from './read-image-size.ts';

/** An image of a request, as far as its tokens depend on it. */
export interface ImageInput {
  /** Undefined where only the provider sees it, such as behind a URL. */
  readonly size: ImageSize | undefined;
  /** OpenAI's level of detail: `low`, `high`, `original` or `auto`. */
  readonly detail: string | undefined;
}

interface TileRule {
  readonly base: number;
  readonly tile: number;
}

interface PatchRule {
  readonly maxPatches: number;
  /** Tokens per patch. */
  readonly multiplier: number;
}

/**
 * OpenAI's models that count tiles of 512 pixels; the first family that fits counts. Source: developers.openai.com, guide
 * "Images and vision", "Calculating costs", November 2026.
 */
const tileFamilies: readonly (readonly [family: RegExp, rule: TileRule])[] = [
  [/^(?:ft:)?gpt-4o-mini/, { base: 2833, tile: 5667 }],
  [/^(?:ft:)?(?:gpt-4o|chatgpt-4o|gpt-4-|gpt-4\.5|gpt-4\.1(?!-mini|-nano))/, { base: 85, tile: 170 }],
  [/^gpt-5(?:-chat.*|-pro.*|-codex(?!-mini).*|-\d{4}-\d\d-\d\d)?$/, { base: 70, tile: 140 }],
  [/^o[13](?:-|$)/, { base: 75, tile: 150 }],
  [/^computer-use/, { base: 65, tile: 129 }],
];

/** Those that count patches of 32 pixels. Source as above. Later models take more patches, by the level of detail. */
const patchFamilies: readonly (readonly [family: RegExp, rule: PatchRule])[] = [
  [/^(?:ft:)?gpt-4\.1-mini|^gpt-5-mini|^codex-mini|^gpt-5\.1-codex-mini/, { maxPatches: 1536, multiplier: 1.72 }],
  [/^(?:ft:)?gpt-4\.1-nano|^gpt-5-nano/, { maxPatches: 1536, multiplier: 2.46 }],
  [/^o4-mini/, { maxPatches: 1536, multiplier: 1.72 }],
];
const laterOpenAiModels = /^(?:ft:)?(?:gpt-|o\d|chatgpt-)/;
const laterMaxPatches = 10_000;
const laterMaxPatchesHigh = 2_500;
const smallModels = /-(?:mini|nano|luna)/;

/** The largest image that Claude does not scale down, and the tokens that it makes. Source: platform.claude.com, "Vision". */
const claudePixelsPerToken = 750;
const maxClaudeTokens = 4_784;

/** For other vendors, of which the most common divide images into patches of 28 pixels or tiles of 768. */
const otherPatchPixels = 28;
const maxOtherTokens = 16_384;
const minOtherTokens = 1_120;

/** Estimates the most tokens that a model counts for an image. `model` is in lower case. */
export function estimateImageTokens(image: ImageInput, model: string): number {
  if (model.includes('claude')) return estimateClaudeImage(image);
  const tiles = tileFamilies.find(([family]) => family.test(model))?.[1];
  if (tiles) return countTiles(image, tiles);
  const patches = patchFamilies.find(([family]) => family.test(model))?.[1] ?? laterPatchRule(image, model);
  if (patches) return countPatches(image, patches);
  return estimateOtherImage(image);
}

function estimateClaudeImage({ size }: ImageInput): number {
  if (size === undefined) return maxClaudeTokens;
  return Math.min(maxClaudeTokens, Math.ceil((size.width * size.height) / claudePixelsPerToken));
}

/** Scales the image to 2,048 pixels, then its shorter side to 768, and counts tiles of 512. */
function countTiles({ size, detail }: ImageInput, { base, tile }: TileRule): number {
  if (detail === 'low') return base;
  const maxTiles = 8;
  if (size === undefined) return base + maxTiles * tile;
  const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)];
  const fit = Math.min(1, 2048 / long);
  const scale = fit * Math.min(1, 768 / (short * fit));
  const tiles = Math.ceil((short * scale) / 512) * Math.ceil((long * scale) / 512);
  return base + Math.min(maxTiles, Math.max(1, tiles)) * tile;
}

function countPatches({ size }: ImageInput, { maxPatches, multiplier }: PatchRule): number {
  const patches = size ? Math.ceil(size.width / 32) * Math.ceil(size.height / 32) : maxPatches;
  return Math.ceil(Math.min(maxPatches, Math.max(1, patches)) * multiplier);
}

function laterPatchRule({ detail }: ImageInput, model: string): PatchRule | undefined {
  if (!laterOpenAiModels.test(model)) return undefined;
  const maxPatches = detail === 'low' || detail === 'high' ? laterMaxPatchesHigh : laterMaxPatches;
  return { maxPatches, multiplier: smallModels.test(model) ? 2.46 : 1.2 };
}

function estimateOtherImage({ size }: ImageInput): number {
  if (size === undefined) return maxOtherTokens;
  const patches = Math.ceil(size.width / otherPatchPixels) * Math.ceil(size.height / otherPatchPixels);
  return Math.min(maxOtherTokens, Math.max(minOtherTokens, patches));
}
