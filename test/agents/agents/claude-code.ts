import type { CodingAgent } from '../coding-agent.ts';

export const claudeCode: CodingAgent = {
  id: 'claude-code',
  displayName: 'Claude Code',
  packageName: '@anthropic-ai/claude-code',
  version: '2.1.332',
  command: 'claude',
  variables: ({ gatewayUrl, apiKey }) => ({
    ANTHROPIC_BASE_URL: gatewayUrl,
    ANTHROPIC_AUTH_TOKEN: apiKey,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  }),
  args: ({ prompt, continues }, { model }) => [
    ...(continues ? ['--continue'] : []),
    '--model',
    model,
    '--allowed-tools=Bash,Read',
    '-p',
    prompt,
  ],
  runCommand: (command) => ({ name: 'Bash', arguments: { command, description: 'Run a command' } }),
  readImage: (path) => ({ name: 'Read', arguments: { file_path: path } }),
};
