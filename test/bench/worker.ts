import { startChild } from './child.ts';

export interface WorkerOptions {
  /** The product has the bindings, queues and flags of wrangler.toml, the floor has its flags. */
  readonly kind: 'product' | 'floor';
  readonly folder: string;
  readonly module: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** What is measured: a server with an address, and the process that does its work. */
export interface Target {
  readonly url: string;
  /** Absent where it cannot be told: on other systems than Linux. */
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

/** Starts a Worker in a workerd of its own. */
export async function startWorker(options: WorkerOptions): Promise<Target> {
  const { line, stop } = await startChild('worker-main.ts', JSON.stringify(options));
  return { ...JSON.parse(line), stop };
}
