import type { CodingAgent } from '../coding-agent.ts';

export const pi: CodingAgent = {
  id: 'pi',
  displayName: 'pi',
  packageName: '@mariozechner/pi-coding-agent',
  version: '0.73.1',
  command: 'pi',
  files: ({ gatewayUrl, apiKey, model }) => ({
    '.pi/agent/models.json': JSON.stringify({
      providers: {
        gateway: {
          baseUrl: `${gatewayUrl}/v1`,
          api: 'openai-completions',
          apiKey,
          models: [{ id: model, input: ['text', 'image'] }],
        },
      },
    }),
  }),
  variables: () => ({ PI_OFFLINE: '1', PI_TELEMETRY: '0' }),
  args: ({ prompt, continues }, { model }) => [
    ...(continues ? ['--continue'] : []),
    '--provider',
    'gateway',
    '--model',
    model,
    '-p',
    prompt,
  ],
  runCommand: (command) => ({ name: 'bash', arguments: { command } }),
  readImage: (path) => ({ name: 'read', arguments: { path } }),
};
