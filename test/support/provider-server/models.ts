/** The limits of an OpenAI model that the server enforces. */
export interface OpenAiModel {
  readonly reported: string;
  /** Takes `max_completion_tokens` only, and no sampling parameters. */
  readonly reasoning: boolean;
  readonly takesStop: boolean;
  readonly maxOutputTokens: number;
}

/** The limits of a Claude model that the server enforces. Source: Anthropic's model pages and migration guides. */
export interface AnthropicModel {
  readonly reported: string;
  readonly maxOutputTokens: number;
  /** Whether temperature and top_p are taken: both together, only one of them, or none. */
  readonly sampling: 'both' | 'one' | 'none';
  /** Whether the conversation may end with an assistant message. */
  readonly prefill: boolean;
}

const classicOpenAi: Record<string, [maxOutputTokens: number, version?: string]> = {
  'gpt-3.5-turbo': [4096, '0125'],
  'gpt-4-turbo': [4096, '2024-04-09'],
  'gpt-4o': [16384, '2024-08-06'],
  'gpt-4o-mini': [16384, '2024-07-18'],
  'gpt-4.1': [32768, '2025-04-14'],
  'gpt-4.1-mini': [32768, '2025-04-14'],
  'gpt-4.1-nano': [32768, '2025-04-14'],
  'gpt-5-chat-latest': [16384],
};

const reasoningOpenAi: Record<string, [maxOutputTokens: number, version?: string]> = {
  o1: [100_000, '2024-12-17'],
  o3: [100_000, '2025-04-16'],
  'o3-mini': [100_000, '2025-01-31'],
  'o4-mini': [100_000, '2025-04-16'],
  'gpt-5': [128_000, '2025-08-07'],
  'gpt-5-mini': [128_000, '2025-08-07'],
  'gpt-5-nano': [128_000, '2025-08-07'],
  'gpt-5.1': [128_000, '2025-11-13'],
  'gpt-5.2': [128_000, '2025-12-11'],
  'gpt-5.4': [128_000],
  'gpt-5.4-mini': [128_000, '2026-03-17'],
  'gpt-5.4-nano': [128_000, '2026-03-17'],
  'gpt-5.5': [128_000, '2026-04-23'],
  'gpt-6-sol': [128_000],
};

/** Known by its own name and by that of its version. */
export function findOpenAiModel(name: string): OpenAiModel | undefined {
  for (const [table, reasoning] of [
    [classicOpenAi, false],
    [reasoningOpenAi, true],
  ] as const) {
    for (const [alias, [maxOutputTokens, version]] of Object.entries(table)) {
      const reported = version === undefined ? alias : `${alias}-${version}`;
      if (name !== alias && name !== reported) continue;
      const takesStop = !reasoning || alias === 'o1' || alias === 'o3-mini';
      return { reported, reasoning, takesStop, maxOutputTokens };
    }
  }
  return undefined;
}

const anthropicModels: Record<string, AnthropicModel> = {
  'claude-3-haiku-20240307': claude('claude-3-haiku-20240307', 4096, 'both', true),
  'claude-3-5-haiku-latest': claude('claude-3-5-haiku-20241022', 8192, 'both', true),
  'claude-3-5-sonnet-latest': claude('claude-3-5-sonnet-20241022', 8192, 'both', true),
  'claude-3-7-sonnet-latest': claude('claude-3-7-sonnet-20250219', 64_000, 'both', true),
  'claude-sonnet-4-0': claude('claude-sonnet-4-20250514', 64_000, 'both', true),
  'claude-opus-4-0': claude('claude-opus-4-20250514', 32_000, 'both', true),
  'claude-opus-4-1': claude('claude-opus-4-1-20250805', 32_000, 'one', true),
  'claude-sonnet-4-5': claude('claude-sonnet-4-5-20250929', 64_000, 'one', true),
  'claude-haiku-4-5': claude('claude-haiku-4-5-20251001', 64_000, 'one', true),
  'claude-opus-4-5': claude('claude-opus-4-5-20251101', 64_000, 'one', true),
  'claude-sonnet-4-6': claude('claude-sonnet-4-6', 128_000, 'one', false),
  'claude-opus-4-6': claude('claude-opus-4-6', 128_000, 'one', false),
  'claude-opus-4-7': claude('claude-opus-4-7', 128_000, 'none', false),
  'claude-opus-4-8': claude('claude-opus-4-8', 128_000, 'none', false),
  'claude-opus-5': claude('claude-opus-5', 128_000, 'none', false),
  'claude-opus-5-5': claude('claude-opus-5-5', 128_000, 'none', false),
  'claude-sonnet-5': claude('claude-sonnet-5', 128_000, 'none', false),
  'claude-sonnet-5-5': claude('claude-sonnet-5-5', 128_000, 'none', false),
  'claude-haiku-5-5': claude('claude-haiku-5-5', 64_000, 'none', false),
  'claude-fable-5': claude('claude-fable-5', 128_000, 'none', false),
  'claude-fable-5-1': claude('claude-fable-5-1', 128_000, 'none', false),
};

/** Known by its own name and by that of its version. */
export function findAnthropicModel(name: string): AnthropicModel | undefined {
  return anthropicModels[name] ?? Object.values(anthropicModels).find((model) => model.reported === name);
}

const ollamaModels = [
  'llama3.1',
  'llama3.2',
  'llama3.3',
  'qwen3',
  'gemma3',
  'mistral',
  'deepseek-r1',
  'gpt-oss',
  'llava',
];

/** A name without its tag stands for every tag of it. */
export function isOllamaModel(name: string): boolean {
  return ollamaModels.includes(name.split(':')[0] ?? '');
}

/** Whether a model of Ollama's can think. */
export function isThinkingModel(name: string): boolean {
  return /^(qwen3|deepseek-r1|gpt-oss)\b/.test(name);
}

function claude(
  reported: string,
  maxOutputTokens: number,
  sampling: AnthropicModel['sampling'],
  prefill: boolean,
): AnthropicModel {
  return { reported, maxOutputTokens, sampling, prefill };
}
