import type { CodingAgent } from '../coding-agent.ts';

/** It speaks Responses only. */
export const codex: CodingAgent = {
  id: 'codex',
  displayName: 'Codex',
  packageName: '@openai/codex',
  version: '0.171.0',
  command: 'codex',
  files: ({ gatewayUrl, model }) => ({
    '.codex/config.toml': [
      `model = ${JSON.stringify(model)}`,
      'model_provider = "gateway"',
      'check_for_update_on_startup = false',
      '[analytics]',
      'enabled = false',
      '[model_providers.gateway]',
      'name = "gateway"',
      `base_url = ${JSON.stringify(`${gatewayUrl}/v1`)}`,
      'env_key = "GATEWAY_API_KEY"',
      'wire_api = "responses"',
      '',
    ].join('\n'),
  }),
  variables: ({ apiKey }) => ({ GATEWAY_API_KEY: apiKey }),
  args: ({ prompt, continues, imagePath }) => [
    'exec',
    '--skip-git-repo-check',
    '--dangerously-bypass-approvals-and-sandbox',
    ...(continues ? ['resume', '--last'] : []),
    ...(imagePath === undefined ? [] : ['--image', imagePath]),
    '--',
    prompt,
  ],
  runCommand: (command) => ({ name: 'exec_command', arguments: { cmd: command } }),
};
