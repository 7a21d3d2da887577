import type { CodingAgent } from '../coding-agent.ts';

export const qwenCode: CodingAgent = {
  id: 'qwen-code',
  displayName: 'Qwen Code',
  packageName: '@qwen-code/qwen-code',
  version: '0.24.4',
  command: 'qwen',
  files: ({ model }) => ({
    '.qwen/settings.json': JSON.stringify({
      model: {
        generationConfig: {
          modalities: { image: true },
          // It sends `max_tokens` unless a parameter says otherwise, and OpenAI's reasoning models refuse that.
          ...(model.startsWith('gpt-5') && { samplingParams: { max_completion_tokens: 32_000 } }),
        },
      },
    }),
  }),
  variables: ({ gatewayUrl, apiKey, model }) => ({
    OPENAI_BASE_URL: `${gatewayUrl}/v1`,
    OPENAI_API_KEY: apiKey,
    OPENAI_MODEL: model,
  }),
  args: ({ prompt, continues }) => [
    ...(continues ? ['--continue'] : []),
    '--auth-type',
    'openai',
    '--yolo',
    '--telemetry=false',
    '-p',
    prompt,
  ],
  runCommand: (command) => ({
    name: 'run_shell_command',
    arguments: { command, is_background: false, description: 'Runs a command' },
  }),
  readImage: (path) => ({ name: 'read_file', arguments: { file_path: path } }),
};
