import autocannon from 'autocannon';
import { readCpuMs } from '../support/process-usage.ts';
import type { Target } from './worker.ts';

/** A repeated call. */
export interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Throughput {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Milliseconds of the target's CPU for each request. */
  readonly cpuMsPerRequest: number;
  /** Replies other than 2xx, and broken connections. */
  readonly errors: number;
}

/** Repeats a call as often as possible over a number of connections. */
export async function measureThroughput(
  { url, pid }: Target,
  { path, headers, body }: Call,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Throughput> {
  const before = await readCpuMs(pid);
  const result = await autocannon({
    url: `${url}${path}`,
    method: 'POST',
    headers,
    body,
    connections,
    duration: seconds,
  });
  const used = (await readCpuMs(pid)) - before;
  return {
    requestsPerSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    cpuMsPerRequest: used / result.requests.total,
    errors: result.non2xx + result.errors + result.timeouts,
  };
}
