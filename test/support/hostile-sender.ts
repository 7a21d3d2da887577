/**
 * Sends hostile requests from a thread of its own: creating and writing 10 MiB blocks a process, and the calls that are timed beside
 * them must not wait for that.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createHostileRequests, type HostileRequest } from './hostile-bodies.ts';

interface SenderOptions {
  readonly url: string;
  readonly key: string;
  readonly sampleSize: number | undefined;
}

/** What happens to a request. The status is missing before the reply. */
export interface HostileOutcome {
  readonly name: string;
  readonly status?: number;
}

const maxBodyBytes = 10 * 2 ** 20;

if (!isMainThread) {
  const { url, key, sampleSize } = workerData as SenderOptions;
  for (const request of createHostileRequests(sampleSize)) {
    const { name } = request;
    parentPort?.postMessage({ name } satisfies HostileOutcome);
    parentPort?.postMessage({ name, status: await send(request, { url, key }) } satisfies HostileOutcome);
  }
}

/** Returns the status of the reply. It is 413 too if the Worker rejects the length before the whole body has been sent. */
async function send({ path, body }: HostileRequest, { url, key }: Pick<SenderOptions, 'url' | 'key'>): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  try {
    const response = await fetch(url + path, { method: 'POST', headers, body });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    if (body.length > maxBodyBytes) return 413;
    throw error;
  }
}

/** Sends one request after the other. Calls back before each and after its reply; resolves after the last. */
export async function sendHostileRequests(
  options: SenderOptions,
  onOutcome: (outcome: HostileOutcome) => void,
): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  worker.on('message', onOutcome);
  await new Promise<void>((resolve, reject) => worker.once('exit', () => resolve()).once('error', reject));
}
