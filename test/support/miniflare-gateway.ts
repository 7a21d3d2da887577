import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readWorkerOptions } from 'wrangler';
import { openDatabase } from '../../src/db/client.ts';
import { startServices } from './services.ts';
import { createTestTenant, type TestTenant } from './tenant-ledger.ts';

/** What the server that plays the providers has seen so far. */
export interface SeenByProviders {
  readonly requests: readonly unknown[];
  readonly open: { readonly connections: number; readonly replies: number };
  /** Replies that the gateway left before their end. */
  readonly aborted: number;
}

/** The deployed Worker in workerd, behind real sockets, on real engines. */
export interface MiniflareGateway {
  /** Miniflare's own port: a Worker of Miniflare's stands before ours. */
  readonly url: string;
  /** A socket of workerd's that leads straight to our Worker. */
  readonly directUrl: string;
  readonly createTenant: () => Promise<TestTenant>;
  /** With `containing`, only the requests whose body contains it. */
  readonly seenByProviders: (containing?: string) => Promise<SeenByProviders>;
  readonly stop: () => Promise<void>;
}

type Variables = Readonly<Record<string, string>>;

interface MiniflareGatewayOptions {
  /** Holds the built Worker. */
  readonly workerFolder: string;
  readonly engines?: 'embedded' | 'real';
  /** Instead of those that the test services name, given what these are. */
  readonly variables?: (services: Variables) => Variables | Promise<Variables>;
}

const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const name = 'gateway';
const localhost = '127.0.0.1';

/** Starts engines, providers and the Worker, with bindings, queues and flags as wrangler.toml has them. */
export async function startMiniflareGateway(options: MiniflareGatewayOptions): Promise<MiniflareGateway> {
  const { workerFolder, engines = 'embedded', variables = () => ({}) } = options;
  const services = await startServices(engines);
  const { variables: given, providerUrl } = services;
  const bindings = { ...given, ...(await variables(given)) };
  const runtime = startRuntime(workerFolder, bindings);
  const stop = async () => {
    await runtime.dispose();
    await services.stop();
  };
  try {
    const database = openDatabase({
      url: given.DATABASE_URL ?? '',
      httpUrl: given.DATABASE_HTTP_URL,
      timeoutMs: 10_000,
    });
    return {
      url: (await runtime.ready).origin,
      directUrl: (await runtime.unsafeGetDirectURL(name)).origin,
      createTenant: () => createTestTenant(database),
      async seenByProviders(containing = '') {
        const response = await fetch(`${providerUrl}/_seen?containing=${encodeURIComponent(containing)}`);
        return JSON.parse(await response.text());
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startRuntime(workerFolder: string, bindings: Variables): Miniflare {
  const { workerOptions } = readWorkerOptions(configPath);
  return new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      name,
      bindings,
      modulesRoot: workerFolder,
      modules: [{ type: 'ESModule', path: join(workerFolder, 'index.js') }],
      unsafeDirectSockets: [{ host: localhost, port: 0 }],
      host: localhost,
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
    }),
  );
}
