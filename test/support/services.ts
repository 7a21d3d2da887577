import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface TestServices {
  /** The Worker's variables: its database, its counters, its providers. */
  readonly variables: Readonly<Record<string, string>>;
  /** The URL of the server that plays the providers. */
  readonly providerUrl: string;
  /** The URL of the server that receives webhooks. */
  readonly receiverUrl: string;
  readonly stop: () => Promise<void>;
}

/** Starts the services of a Worker under test in a separate process. */
export async function startServices(kind: 'embedded' | 'real'): Promise<TestServices> {
  const child = spawn('node', ['test/support/services-main.ts', kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await firstLine(child);
  return {
    ...JSON.parse(line),
    async stop() {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}

async function firstLine(child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('The services of the tests did not start.');
}
