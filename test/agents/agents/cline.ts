import type { CodingAgent } from '../coding-agent.ts';

export const cline: CodingAgent = {
  id: 'cline',
  displayName: 'Cline',
  packageName: 'cline',
  version: '3.0.65',
  command: 'cline',
  setUp: ({ gatewayUrl, apiKey, model }) => [
    ['auth', 'openai-compatible', '--apikey', apiKey, '--modelid', model, '--baseurl', `${gatewayUrl}/v1`],
  ],
  args: ({ prompt }, { model }) => ['--provider', 'openai-compatible', '--model', model, prompt],
  runCommand: (command) => ({ name: 'run_commands', arguments: { commands: [command] } }),
  readImage: (path) => ({ name: 'read_files', arguments: { files: [{ path }] } }),
  findException: (scenario) =>
    scenario === 'second turn'
      ? {
          reason: 'Cline continues a session (`--id`) in its terminal interface only, not headless.',
          link: 'https://docs.cline.bot/usage/tui',
        }
      : undefined,
};
