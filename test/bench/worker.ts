import { startChild } from './child.ts';

export interface WorkerOptions {
  /** The product has the bindings, queues and flags of wrangler.toml. The floor has only the flags. */
  readonly kind: 'product' | 'floor';
  readonly folder: string;
  readonly module: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A measured server: its address and its process. */
export interface Target {
  readonly url: string;
  /** Undefined on other systems than Linux. */
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}

/** Starts a Worker in its own workerd. */
export async function startWorker(options: WorkerOptions): Promise<Target> {
  const { line, stop } = await startChild('worker-main.ts', JSON.stringify(options));
  return { ...JSON.parse(line), stop };
}
