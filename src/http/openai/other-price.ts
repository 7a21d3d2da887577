import { isOtherTier } from '../../providers/openai/chat-usage.ts';

/**
 * Whether a request of OpenAI's asks for what has another price than its model's tokens, one that no list knows: a service tier
 * beside the standard one, or sound. `text` is the body as it came.
 */
export function hasOtherPrice(body: Readonly<Record<string, unknown>>, text: string): boolean {
  const { service_tier, modalities } = body;
  // Within a string it would have a backslash.
  const hasSound = (Array.isArray(modalities) && modalities.includes('audio')) || text.includes('"input_audio"');
  return hasSound || isOtherTier(service_tier);
}
