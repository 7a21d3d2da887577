/** The clients that are too large for the development dependencies, with the versions that were tested. */
export interface SdkPackage {
  /** The module under `clients/`, and the folder in which its packages are installed. */
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Leaves out optional dependencies: those of promptfoo have more than 2 GB. */
  readonly omitsOptional?: boolean;
  /** The client's recipe under `docs/examples/clients`. */
  readonly recipe: string;
  /** What runs the recipe so that it prints a reply; absent for a program that prints it. */
  readonly recipeCommand?: readonly [command: string, ...args: string[]];
}

const zod = { zod: '4.6.7' };
const aiSdk = { '@ai-sdk/anthropic': '4.0.105' };

/** The database of promptfoo, one of its optional dependencies. */
const libsql = `@libsql/${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;

/** Sends a message to the recipe's server as the browser does. */
const askCopilotKit = `
const { default: app } = await import('./copilotkit.ts');
const body = {
  threadId: 'thread_1',
  runId: 'run_1',
  state: {},
  messages: [{ id: 'message_1', role: 'user', content: 'Hello!' }],
  tools: [],
  context: [],
  forwardedProps: {},
};
const response = await app.request('/api/copilotkit/agent/default/run', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const deltas = [...(await response.text()).matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta);
console.log(deltas.join(''));
process.exit(0);
`;

export const sdkPackages: readonly SdkPackage[] = [
  {
    name: 'openai-agents',
    dependencies: { '@openai/agents': '0.20.0', openai: '7.59.0', ...zod },
    recipe: 'openai-agents.ts',
  },
  {
    name: 'llamaindex',
    dependencies: {
      '@llamaindex/core': '0.6.22',
      '@llamaindex/openai': '0.4.22',
      '@llamaindex/workflow': '1.1.24',
      ...zod,
    },
    recipe: 'llamaindex.ts',
  },
  {
    name: 'mastra',
    dependencies: { '@mastra/core': '1.71.0', '@ai-sdk/openai-compatible': '3.0.92', ...aiSdk, ...zod },
    recipe: 'mastra.ts',
  },
  { name: 'portkey', dependencies: { 'portkey-ai': '3.1.0' }, recipe: 'portkey.ts' },
  {
    name: 'copilotkit',
    dependencies: {
      '@copilotkit/runtime': '1.75.0',
      '@ai-sdk/openai': '3.0.141',
      '@ai-sdk/anthropic': '3.0.140',
      zod: '3.25.76',
    },
    recipe: 'copilotkit.ts',
    recipeCommand: ['node', '--input-type=module', '--eval', askCopilotKit],
  },
  {
    name: 'promptfoo',
    dependencies: { promptfoo: '0.123.1', [libsql]: '0.5.29' },
    omitsOptional: true,
    recipe: 'promptfoo.yaml',
    recipeCommand: ['node_modules/.bin/promptfoo', 'eval', '--no-cache', '--no-table', '--config', 'promptfoo.yaml'],
  },
];
