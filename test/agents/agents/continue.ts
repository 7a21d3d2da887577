import type { CodingAgent } from '../coding-agent.ts';

export const continueCli: CodingAgent = {
  id: 'continue',
  displayName: 'Continue',
  packageName: '@continuedev/cli',
  version: '1.5.47',
  command: 'cn',
  files: ({ gatewayUrl, apiKey, model }) => ({
    'config.yaml': `name: gateway
version: 1.0.0
schema: v1
models:
  - name: gateway
    provider: openai
    model: ${model}
    apiBase: ${gatewayUrl}/v1
    apiKey: ${apiKey}
    roles: [chat]
    capabilities: [tool_use, image_input]
`,
  }),
  variables: () => ({ CONTINUE_TELEMETRY_ENABLED: '0' }),
  args: ({ prompt, continues }, { home }) => [
    '--config',
    `${home}/config.yaml`,
    '--auto',
    ...(continues ? ['--resume'] : []),
    '-p',
    prompt,
  ],
  runCommand: (command) => ({ name: 'Bash', arguments: { command } }),
  findException: (scenario) =>
    scenario === 'image'
      ? {
          reason: "Continue's tools return text only: its Read takes no images.",
          link: 'https://github.com/continuedev/continue/blob/main/extensions/cli/src/tools/readFile.ts',
        }
      : undefined,
};
