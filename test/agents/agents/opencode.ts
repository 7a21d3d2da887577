import type { CodingAgent } from '../coding-agent.ts';

export const opencode: CodingAgent = {
  id: 'opencode',
  displayName: 'opencode',
  packageName: 'opencode-ai',
  version: '1.18.33',
  command: 'opencode',
  files: ({ gatewayUrl, apiKey, model }) => ({
    '.config/opencode/opencode.json': JSON.stringify({
      autoupdate: false,
      share: 'disabled',
      provider: {
        gateway: {
          // By Chat Completions it sends `max_tokens`, which OpenAI's reasoning models refuse: these get Responses.
          npm: model.startsWith('gpt-5') ? '@ai-sdk/openai' : '@ai-sdk/openai-compatible',
          options: { baseURL: `${gatewayUrl}/v1`, apiKey },
          models: {
            [model]: { attachment: true, tool_call: true, modalities: { input: ['text', 'image'], output: ['text'] } },
          },
        },
      },
    }),
  }),
  variables: () => ({ OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' }),
  args: ({ prompt, continues }, { model }) => [
    'run',
    '--auto',
    ...(continues ? ['--continue'] : []),
    '--model',
    `gateway/${model}`,
    // An argument with a space would be sent in quotation marks.
    ...prompt.split(' '),
  ],
  runCommand: (command) => ({ name: 'bash', arguments: { command, description: 'Runs a command' } }),
  readImage: (path) => ({ name: 'read', arguments: { filePath: path } }),
};
