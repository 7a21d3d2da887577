import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { connectRedisServer } from '../../src/dev/redis-server-backend.ts';
import { findFreePort } from './free-port.ts';

/** A separate Redis server, whose keys a test may delete. */
export interface RedisProcess {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts `redis-server` without a file. Returns undefined and prints a message if it is not installed. */
export async function startRedisProcess(): Promise<RedisProcess | undefined> {
  const port = await findFreePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const exited = once(child, 'exit').catch(() => undefined);
  const failed = await Promise.race([once(child, 'spawn').then(() => false), exited.then(() => true)]);
  if (failed) {
    console.warn('SKIPPED: redis-server is not installed, so this runs on the in-process Redis.');
    return undefined;
  }
  const url = `redis://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await exited;
  };
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await (await connectRedisServer(url)).close();
      return { url, stop };
    } catch {
      await setTimeout(50);
    }
  }
  await stop();
  throw new Error('redis-server did not start');
}
