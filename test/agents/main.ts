/** `npm run test:agents`: coding agents from the npm registry, headless, against `npm run dev`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDevGateway } from '../examples/dev-gateway.ts';
import { providerKeys } from '../support/provider-server/known-models.ts';
import { startProviderServer } from '../support/provider-server/provider-server.ts';
import { allAgents } from './all-agents.ts';
import { installAgent } from './install-agents.ts';
import { modelKinds } from './models.ts';
import { startRecordingProxy } from './recording-proxy.ts';
import { type Cell, renderTable } from './results-table.ts';
import { type AgentStack, runScenarios } from './run-scenarios.ts';

const usage = `npm run test:agents -- [--agent NAME]… [--model KIND]… [--folder PATH] [--keep]
  --agent   ${allAgents.map(({ id }) => id).join(', ')}
  --model   ${modelKinds.join(', ')}
  --folder  where agents are installed and run; it is kept, and what is installed there is used again
  --keep    keeps the temporary folder, with what each agent has printed and sent`;

const { values } = parseArgs({
  options: {
    agent: { type: 'string', multiple: true },
    model: { type: 'string', multiple: true },
    folder: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit();
}
const agents = select(allAgents, ({ id }) => id, values.agent);
const kinds = select(modelKinds, (kind) => kind, values.model);

const cells: Cell[] = [];
const stopping = new AbortController();
const { stack, cleanup } = await startStack();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
try {
  for (const agent of agents) {
    const binFolder = await installAgent(agent, stack);
    for (const kind of kinds) cells.push(...(await runScenarios(agent, kind, { binFolder, stack })));
  }
} catch (error) {
  if (!stopping.signal.aborted) throw error;
} finally {
  await cleanup.disposeAsync();
}
console.log(`\n${renderTable(cells)}`);
process.exitCode = stopping.signal.aborted ? 130 : cells.some(({ outcome }) => outcome === 'failed') ? 1 : 0;

/** Starts the gateway, with a server that plays the providers behind it and a proxy that records before it. */
async function startStack(): Promise<{ stack: AgentStack; cleanup: AsyncDisposableStack }> {
  const cleanup = new AsyncDisposableStack();
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'agents-'));
  if (!values.keep && values.folder === undefined) {
    cleanup.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  } else console.log(`Everything is in ${folder}.`);
  try {
    const providers = await startProviderServer();
    cleanup.defer(() => providers.close());
    const gateway = await startDevGateway({
      LOCAL_DATA_DIR: join(folder, 'data'),
      OPENAI_API_KEY: providerKeys.openai,
      OPENAI_BASE_URL: providers.openAiBaseUrl,
      ANTHROPIC_API_KEY: providerKeys.anthropic,
      ANTHROPIC_BASE_URL: providers.anthropicBaseUrl,
      OLLAMA_URL: providers.ollamaUrl,
      LOG_LEVEL: 'error',
    });
    cleanup.defer(() => gateway.stop());
    const proxy = await startRecordingProxy(gateway.url);
    cleanup.defer(() => proxy.close());
    return { stack: { proxy, providers, folder, signal: stopping.signal }, cleanup };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

function select<T>(all: readonly T[], getName: (one: T) => string, names: readonly string[] | undefined): readonly T[] {
  const unknown = names?.find((name) => !all.some((one) => getName(one) === name));
  if (unknown !== undefined) {
    console.error(`Unknown: ${unknown}.\n${usage}`);
    process.exit(2);
  }
  return names === undefined ? all : all.filter((one) => names.includes(getName(one)));
}
