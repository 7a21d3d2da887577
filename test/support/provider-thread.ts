/**
 * Runs the server that plays the providers in a thread of its own. It parses every body, and hostile ones take it seconds: the
 * engines beside it must answer meanwhile.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { ProviderServer } from './provider-server/provider-server.ts';

const models = ['acme-large', 'plain-large'];

type ProviderUrls = Pick<ProviderServer, 'url' | 'openAiBaseUrl' | 'anthropicBaseUrl' | 'ollamaUrl'>;

if (!isMainThread) {
  const { startProviderServer } = await import('./provider-server/provider-server.ts');
  const { url, openAiBaseUrl, anthropicBaseUrl, ollamaUrl } = await startProviderServer({ models });
  parentPort?.postMessage({ url, openAiBaseUrl, anthropicBaseUrl, ollamaUrl } satisfies ProviderUrls);
}

/** Starts the thread. Resolves with the server's URLs once it listens. */
export async function startProviderThread(): Promise<ProviderUrls & { close(): Promise<unknown> }> {
  const worker = new Worker(new URL(import.meta.url));
  const [urls] = (await once(worker, 'message')) as [ProviderUrls];
  return { ...urls, close: () => worker.terminate() };
}
