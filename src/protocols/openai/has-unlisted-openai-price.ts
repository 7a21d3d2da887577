import { jsonTextIncludes } from '../../lib/edit-json-object.ts';
import { isUnlistedServiceTier } from '../../providers/openai/decode-openai-usage.ts';

/**
 * Whether a request of OpenAI's asks for what has another price than its model's tokens, one that no list knows: a service tier
 * beside the standard one, or sound. `text` is the body as it came.
 */
export function hasUnlistedPrice(body: Readonly<Record<string, unknown>>, text: string): boolean {
  const { service_tier, modalities } = body;
  const givesSound = Array.isArray(modalities) && modalities.includes('audio');
  return givesSound || isUnlistedServiceTier(service_tier) || jsonTextIncludes(text, body, '"input_audio"');
}
