export const modelKinds = ['claude', 'openai', 'ollama', 'stub'] as const;

export type ModelKind = (typeof modelKinds)[number];

interface AgentModel {
  readonly name: string;
  /** Where `name` sees no images. */
  readonly visionName?: string;
  /** How the model's reply begins where the prompt asks for no tool. */
  readonly replyStart: string;
}

/** The models that each agent runs on: one of each kind of provider. */
export const agentModels: Readonly<Record<ModelKind, AgentModel>> = {
  claude: { name: 'claude-sonnet-5-5', replyStart: 'Bonjour' },
  openai: { name: 'gpt-5-mini', replyStart: 'Привет' },
  ollama: { name: 'ollama/llama3.2', visionName: 'ollama/qwen3-vl', replyStart: 'Hello from' },
  stub: { name: 'stub', replyStart: 'Stub reply to:' },
};
