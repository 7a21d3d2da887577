import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { devKey } from '../../src/domain/dev-key.ts';
import type { ProviderServer } from '../support/provider-server/provider-server.ts';
import { AgentHome } from './agent-home.ts';
import type { CodingAgent } from './coding-agent.ts';
import { agentModels, type ModelKind } from './models.ts';
import type { RecordingProxy } from './recording-proxy.ts';
import type { Cell } from './results-table.ts';
import { judge, type Scenario, scenarios } from './scenarios.ts';

/** The environment of agents. */
export interface AgentStack {
  /** The recording proxy in front of the gateway. */
  readonly proxy: RecordingProxy;
  readonly providers: ProviderServer;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const runTimeoutMs = 180_000;

/** Runs all scenarios of an agent on a model, one after the other, and prints how each has ended. */
export async function runScenarios(
  agent: CodingAgent,
  kind: ModelKind,
  { binFolder, stack }: { readonly binFolder: string; readonly stack: AgentStack },
): Promise<Cell[]> {
  const model = agentModels[kind];
  const label = model.visionName ? `${model.name} (image: ${model.visionName})` : model.name;
  /** A unique text in the agent's prompts. */
  const mark = `mark-${crypto.randomUUID().slice(0, 8)}`;
  const homes = new Map<string, AgentHome>();
  const getHome = async (name: string) => {
    const home = homes.get(name) ?? (await createHome(agent, name, binFolder, stack));
    homes.set(name, home);
    return home;
  };
  const cells: Cell[] = [];
  for (const scenario of scenarios) {
    const name = (scenario.name === 'image' && model.visionName) || model.name;
    const place = { agent: `${agent.displayName} ${agent.version}`, model: label, scenario: scenario.name };
    const exception = agent.findException?.(scenario.name, kind);
    if (exception) {
      cells.push({ ...place, outcome: 'ruled out', note: `${exception.reason} ${exception.link}` });
      continue;
    }
    const startedAt = performance.now();
    const fault = await runScenario(scenario, { agent, kind, mark, stack, getHome: () => getHome(name) });
    stack.signal.throwIfAborted();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${fault === undefined ? 'ok    ' : 'FAILED'} ${agent.id}, ${name}, ${scenario.name} (${seconds} s)`);
    if (fault !== undefined) console.log(`       ${fault.replaceAll('\n', '\n       ')}`);
    cells.push({
      ...place,
      outcome: fault === undefined ? 'ok' : 'failed',
      ...(fault !== undefined && { note: fault }),
    });
  }
  return cells;
}

async function createHome(
  agent: CodingAgent,
  model: string,
  binFolder: string,
  { folder, proxy, signal }: AgentStack,
): Promise<AgentHome> {
  const ofRun = join(folder, 'runs', agent.id, model.replaceAll('/', '-'));
  rmSync(ofRun, { recursive: true, force: true });
  mkdirSync(ofRun, { recursive: true });
  const settings = { gatewayUrl: proxy.url, apiKey: devKey, model };
  const home = new AgentHome(agent, settings, { folder: ofRun, binFolder, timeoutMs: runTimeoutMs, signal });
  await home.setUp();
  return home;
}

/** Returns the fault, or undefined. */
async function runScenario(
  scenario: Scenario,
  {
    agent,
    kind,
    mark,
    stack: { proxy, providers },
    getHome,
  }: {
    readonly agent: CodingAgent;
    readonly kind: ModelKind;
    readonly mark: string;
    readonly stack: AgentStack;
    readonly getHome: () => Promise<AgentHome>;
  },
): Promise<string | undefined> {
  try {
    const home = await getHome();
    proxy.forget();
    providers.forget();
    const run = scenario.createRun(agent, home.project, mark);
    const result = await home.run({ ...run, continues: scenario.continues });
    const observation = { result, exchanges: [...proxy.exchanges], upstream: [...providers.requests] };
    const log = join(home.folder, scenario.name.replaceAll(' ', '-'));
    writeFileSync(`${log}.txt`, result.output);
    writeFileSync(`${log}.json`, JSON.stringify(observation, undefined, 1));
    const fault = judge(scenario, observation, kind, mark);
    return fault && `${fault}. The agent printed: ${result.output.trim().slice(-300) || 'nothing'}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
