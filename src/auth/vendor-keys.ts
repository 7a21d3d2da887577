/** How the API keys and tokens of model vendors begin. Vendors without a prefix (Mistral, Cohere, Azure) cannot be recognised. */
export const vendorKeyPrefixes: readonly string[] = [
  'sk-', // OpenAI (sk-proj-, sk-svcacct-), Anthropic (sk-ant-), OpenRouter (sk-or-), DeepSeek, Moonshot, DashScope, LiteLLM
  'sk_', // ElevenLabs
  'gsk_', // Groq
  'AIza', // Google
  'AQ.', // Google, bound to a service account
  'ya29.', // Google, OAuth
  'xai-', // xAI
  'hf_', // Hugging Face
  'nvapi-', // NVIDIA
  'pplx-', // Perplexity
  'csk-', // Cerebras
  'fw_', // Fireworks
  'r8_', // Replicate
  'tgp_', // Together
  'cpk_', // Chutes
  'glhf_', // glhf.chat
  'jina_', // Jina
  'pa-', // Voyage
  'up_', // Upstage
  'vck_', // Vercel AI Gateway
  'ABSK', // Bedrock
  'bedrock-api-key-', // Bedrock, short-lived
  'ghp_', // GitHub Models
  'gho_',
  'ghu_',
  'github_pat_',
];

/** Returns whether a text looks like the API key of a vendor. */
export function isVendorKey(text: string): boolean {
  return vendorKeyPrefixes.some((prefix) => text.startsWith(prefix));
}
