import type { CodingAgent } from '../coding-agent.ts';

/** It speaks Gemini's protocol only. */
export const geminiCli: CodingAgent = {
  id: 'gemini-cli',
  displayName: 'Gemini CLI',
  packageName: '@google/gemini-cli',
  version: '0.61.0',
  command: 'gemini',
  files: () => ({
    '.gemini/settings.json': JSON.stringify({
      general: { disableAutoUpdate: true },
      privacy: { usageStatisticsEnabled: false },
      security: { auth: { selectedType: 'gemini-api-key' } },
    }),
  }),
  variables: ({ gatewayUrl, apiKey, model }) => ({
    GOOGLE_GEMINI_BASE_URL: gatewayUrl,
    GEMINI_API_KEY: apiKey,
    GEMINI_MODEL: model,
  }),
  args: ({ prompt, continues }) => [
    '--skip-trust',
    '--yolo',
    ...(continues ? ['--resume', 'latest'] : []),
    '--prompt',
    prompt,
  ],
  runCommand: (command) => ({ name: 'run_shell_command', arguments: { command, description: 'Runs a command' } }),
  readImage: (path) => ({ name: 'read_file', arguments: { file_path: path } }),
};
