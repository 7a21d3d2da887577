/**
 * `npm run test:sdks`: installs the clients that are too large for the development dependencies, and runs each of them against
 * each provider: tool loops, whole and streamed, and structured output. Prints a table, and fails if a cell fails that
 * exclusions.ts does not exclude. A server plays the providers and rejects the requests that they reject.
 *
 *     npm run test:sdks                          all clients (about ten minutes)
 *     npm run test:sdks -- mastra promptfoo      these alone
 *     npm run test:sdks -- --folder DIR          installs into a folder that stays, for further runs
 */
import { type SpawnOptions, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { devKey } from '../../src/domain/dev-key.ts';
import { startGatewayWithProviders } from '../sdk/gateway-with-providers.ts';
import { providers } from '../sdk/matrix-case.ts';
import { Outcomes } from '../sdk/outcomes.ts';
import { findExclusion } from './exclusions.ts';
import { type SdkPackage, sdkPackages } from './packages.ts';
import type { CellResult } from './run-client.ts';

const maxInstallMs = 900_000;
const maxRunMs = 900_000;
const here = fileURLToPath(new URL('.', import.meta.url));
const recipes = fileURLToPath(new URL('../../docs/examples/clients/', import.meta.url));
/** The modules here that a client's process needs. */
const sharedModules = ['run-client.ts', 'exclusions.ts', 'framework-cases.ts', 'framework-client.ts'];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { folder: { type: 'string' } } });
const selected = positionals.length === 0 ? sdkPackages : sdkPackages.filter(({ name }) => positionals.includes(name));
const unknown = positionals.filter((name) => !sdkPackages.some((sdk) => sdk.name === name));
if (unknown.length > 0) {
  const names = sdkPackages.map(({ name }) => name).join(', ');
  console.error(`Unknown clients: ${unknown.join(', ')}. There are ${names}.`);
  process.exit(2);
}

const folder = values.folder === undefined ? await mkdtemp(join(tmpdir(), 'sdks-')) : resolve(values.folder);
const results: CellResult[] = [];
const failures: string[] = [];
try {
  for (const sdk of selected) await install(sdk);
  const gateway = await startGatewayWithProviders();
  try {
    for (const sdk of selected) await run(sdk, gateway.gatewayUrl);
  } finally {
    await gateway.stop();
  }
} finally {
  if (values.folder === undefined) await rm(folder, { recursive: true, force: true });
}
report();
process.exit(failures.length > 0 ? 1 : 0);

async function install({ name, dependencies, omitsOptional = false }: SdkPackage): Promise<void> {
  const path = join(folder, name);
  await mkdir(join(path, 'clients'), { recursive: true });
  await writeFile(join(path, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  const startedAt = performance.now();
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (omitsOptional) args.push('--omit=optional');
  const { status, output } = await runProgram('npm', args, { cwd: path, timeout: maxInstallMs });
  if (status !== 0) throw new Error(`npm install of ${name} ended with ${status}: ${output}`);
  console.log(`${name}: installed in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}

/** Runs the client's cells, and then its recipe as the documentation shows it. */
async function run({ name, recipe, recipeCommand }: SdkPackage, url: string): Promise<void> {
  const cwd = join(folder, name);
  for (const module of sharedModules) await cp(join(here, module), join(cwd, module));
  await cp(join(here, 'clients', `${name}.ts`), join(cwd, 'clients', `${name}.ts`));
  await cp(join(recipes, recipe), join(cwd, recipe));
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    BASE_URL: url,
    API_KEY: devKey,
    DO_NOT_TRACK: '1',
    COPILOTKIT_TELEMETRY_DISABLED: 'true',
    PROMPTFOO_CONFIG_DIR: join(cwd, 'promptfoo'),
    PROMPTFOO_DISABLE_TELEMETRY: '1',
    PROMPTFOO_DISABLE_UPDATE: '1',
  };
  const options = { cwd, env, timeout: maxRunMs };
  const models = providers.map(({ model }) => model);
  const cells = await runProgram('node', ['run-client.ts', url, devKey, `./clients/${name}.ts`, ...models], options);
  for (const line of cells.output.split('\n')) if (line.startsWith('{"client"')) results.push(JSON.parse(line));
  if (cells.status !== 0) failures.push(`${name}: its process ended with ${cells.status}\n${cells.errors}`);
  const [command, ...args] = recipeCommand ?? ['node', recipe];
  const shown = await runProgram(command, args, options);
  // promptfoo prints the number of passed assertions.
  if (shown.status !== 0 || !/Stub reply to: |2 passed/.test(shown.output)) {
    failures.push(`${name}: its recipe ended with ${shown.status}\n${shown.output}${shown.errors}`);
  }
  console.log(`${name}: run`);
}

/** Runs a program to its end or to a time-out. Does not reject if the program fails. */
async function runProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<{ status: number | string; output: string; errors: string }> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL' });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => errors.push(bytes));
  const status = await new Promise<number | string>((settle, reject) => {
    child.on('error', reject).on('close', (code, signal) => settle(code ?? signal ?? 'nothing'));
  });
  return { status, output: Buffer.concat(output).toString(), errors: Buffer.concat(errors).toString().slice(-4000) };
}

function report(): void {
  const nameOf = ({ client, title }: CellResult) => `${client}: ${title}`;
  const columns = providers.map(({ name }) => name);
  const outcomes = new Outcomes('', [...new Set(results.map(nameOf))], columns);
  const excluded = new Set<string>();
  for (const result of results) {
    const column = providers.find(({ model }) => model === result.model)?.name ?? '';
    const mark = ({ passed: '✓', excluded: '–', failed: '✗' } as const)[result.outcome];
    outcomes.note({ row: nameOf(result), column }, mark);
    if (result.outcome === 'failed') failures.push(`${nameOf(result)} → ${column}: ${result.message}`);
    const exclusion = result.outcome === 'excluded' && findExclusion(result.client, result.title, result.model);
    if (exclusion) excluded.add(`${exclusion.client}: ${exclusion.title}: ${exclusion.reason} (${exclusion.link})`);
  }
  console.log(`\n${outcomes}`);
  if (excluded.size > 0) console.log(`\nExcluded:\n${[...excluded].join('\n')}`);
  if (results.length === 0) failures.push('no cell has run');
  if (failures.length > 0) console.error(`\nFailed:\n${failures.join('\n')}`);
}
