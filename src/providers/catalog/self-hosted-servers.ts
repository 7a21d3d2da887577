import type { Vendor } from './describe-vendor.ts';

/** Servers that the operator runs. Which routes one has depends on its version: `/responses` is tried. */
export const selfHostedServers: readonly Vendor[] = [
  { id: 'vllm', displayName: 'vLLM', isSelfHosted: true, quirks: { hasTopK: true } },
  { id: 'lmstudio', displayName: 'LM Studio', isSelfHosted: true, quirks: { hasTopK: true } },
  { id: 'llamacpp', displayName: 'llama.cpp', isSelfHosted: true, quirks: { hasTopK: true } },
];
