/**
 * Runs the clients of one module in a process of its own, and prints a line of JSON for each cell of the table. Is copied with
 * the module into the folder where the module's packages are installed.
 *
 *     node run-client.ts URL KEY CLIENT_MODULE MODEL…
 */
import { setTimeout } from 'node:timers/promises';
import { findExclusion } from './exclusions.ts';
import { listFrameworkCases } from './framework-cases.ts';
import type { CreateClients } from './framework-client.ts';

/** The outcome of one case with one client and one model. */
export interface CellResult {
  readonly client: string;
  readonly title: string;
  readonly model: string;
  readonly outcome: 'passed' | 'excluded' | 'failed';
  readonly seconds: number;
  /** Why it failed. */
  readonly message?: string;
}

const maxCellMs = 60_000;
/** A failure may quote a whole reply. */
const maxMessageLength = 2000;

const [url = '', key = '', clientModule = '', ...models] = process.argv.slice(2);
const { createClients } = (await import(clientModule)) as { createClients: CreateClients };
// The log of libraries would mix with the lines of JSON.
console.log = console.error;
console.info = console.error;
// A library may have an unhandled rejection. The cell then ends by its time-out.
process.on('unhandledRejection', (error) => console.error('unhandled', error));
for (const client of createClients({ url, key })) {
  for (const { title, run } of listFrameworkCases(client)) {
    for (const model of models) print(await runCell(client.name, title, model, run));
  }
}
process.exit(0);

async function runCell(
  client: string,
  title: string,
  model: string,
  run: (model: string) => Promise<void>,
): Promise<CellResult> {
  const startedAt = performance.now();
  const finish = (outcome: CellResult['outcome'], message?: string): CellResult => {
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return { client, title, model, outcome, seconds, ...(message !== undefined && { message }) };
  };
  const exclusion = findExclusion(client, title, model);
  try {
    await withTimeout(run(model));
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, maxMessageLength);
    return exclusion?.error.test(message) ? finish('excluded') : finish('failed', message);
  }
  return exclusion ? finish('failed', 'passes, though it is excluded: remove the exclusion') : finish('passed');
}

async function withTimeout(running: Promise<void>): Promise<void> {
  const controller = new AbortController();
  const timeout = setTimeout(maxCellMs, undefined, { signal: controller.signal }).then(() => {
    throw new Error(`has not ended within ${maxCellMs} ms`);
  });
  timeout.catch(() => undefined);
  try {
    await Promise.race([running, timeout]);
  } finally {
    controller.abort();
  }
}

function print(result: CellResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
