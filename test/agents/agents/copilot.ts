import type { CodingAgent } from '../coding-agent.ts';

export const copilot: CodingAgent = {
  id: 'copilot',
  displayName: 'Copilot CLI',
  packageName: '@github/copilot',
  version: '1.0.102',
  command: 'copilot',
  // By OpenAI's protocol it sends `max_tokens` to every model, which OpenAI's reasoning models refuse.
  variables: ({ gatewayUrl, apiKey, model }) => ({
    COPILOT_PROVIDER_TYPE: 'anthropic',
    COPILOT_PROVIDER_BASE_URL: gatewayUrl,
    COPILOT_PROVIDER_API_KEY: apiKey,
    // Decides what the agent takes the model for: one that sees images.
    COPILOT_PROVIDER_MODEL_ID: 'claude-sonnet-4.5',
    COPILOT_PROVIDER_WIRE_MODEL: model,
    COPILOT_OFFLINE: 'true',
  }),
  args: ({ prompt, continues, imagePath }) => [
    ...(continues ? ['--continue'] : []),
    '--allow-all-tools',
    '--allow-all-paths',
    '--disable-builtin-mcps',
    // Its tool `view` gives other providers than its own no image.
    ...(imagePath === undefined ? [] : ['--attachment', imagePath]),
    '-p',
    prompt,
  ],
  runCommand: (command) => ({ name: 'bash', arguments: { command, description: 'Runs a command' } }),
};
