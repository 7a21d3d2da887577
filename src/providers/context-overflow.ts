/** How vendors say that a prompt is longer than the model's context. Each pattern names whose words it knows. */
const overflowTexts: readonly RegExp[] = [
  // OpenAI, Azure, DeepSeek, Mistral, vLLM, OpenRouter, DeepInfra; xAI: "maximum prompt length"
  /maximum (?:context|prompt|model|input) length/i,
  /context_length_exceeded/i,
  // Groq, Cerebras
  /reduce the length of the (?:messages|prompt|input)/i,
  // Anthropic, Fireworks; Bedrock: "Input is too long"; Ollama: "prompt too long"
  /(?:prompt|input) (?:is )?too long/i,
  // OpenAI's Responses, Anthropic ("exceed context limit"), Ollama, llama.cpp ("exceeds the available context size")
  /exceed(?:s|ed)? (?:the |max |maximum )*(?:model'?s? )?(?:maximum )?(?:available )?context/i,
  // LM Studio: "when context the overflows"; "is greater than the context length"
  /context(?: the)? overflow|greater than the (?:model's )?context/i,
  // SGLang
  /longer than the model's context/i,
  // Text Generation Inference, Together
  /`?inputs`? tokens \+ `?max_new_tokens`? must be <=/i,
  // Moonshot; Zhipu: "Prompt exceeds max length"
  /exceeded model token limit|prompt exceeds max length/i,
  // Gemini; GitHub: "prompt token count of 150000 exceeds the limit of 128000"
  /exceeds the maximum number of tokens|token count of \d+ exceeds the limit/i,
  // Cohere
  /too many tokens: (?:the )?total number of tokens/i,
  // Alibaba; MiniMax
  /range of input length should be|context window exceeds limit/i,
];

const overflowKinds: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  // llama.cpp
  'exceed_context_size_error',
]);

/** Returns whether a vendor says that the prompt is longer than the model's context. */
export function isContextOverflow({
  kind = '',
  message = '',
}: {
  readonly kind?: string | undefined;
  readonly message?: string | undefined;
}): boolean {
  return overflowKinds.has(kind) || overflowTexts.some((text) => text.test(message));
}
