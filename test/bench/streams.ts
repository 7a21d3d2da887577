import { Agent, request } from 'node:http';
import { readCpuMs } from '../support/process-usage.ts';
import { percentile } from './statistics.ts';
import type { Call } from './throughput.ts';
import type { Target } from './worker.ts';

/** The timings of one stream. */
interface Reading {
  /** From the request to the first byte of the body. */
  readonly firstByteMs: number;
  /** For each stamped chunk, from the moment the provider sent it. */
  readonly lateMs: readonly number[];
  readonly complete: boolean;
}

export interface StreamLoad {
  /** Milliseconds of the target's CPU for each 1,000 chunks. */
  readonly cpuMsPer1000Chunks: number;
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  /** Streams with another status than 200, with a missing chunk, or without an end. */
  readonly errors: number;
}

const endings = ['data: [DONE]\n\n', 'event: message_stop\n', 'event: message_stop\r\n'];

/** Opens streams at the same time and reads them to their end. `chunks` is the expected number of each stream. */
export async function measureStreams(
  target: Target,
  call: Call,
  { streams, chunks }: { readonly streams: number; readonly chunks: number },
): Promise<StreamLoad> {
  const agent = new Agent({ keepAlive: true, maxSockets: streams });
  const before = await readCpuMs(target.pid);
  const readings = await Promise.all(Array.from({ length: streams }, () => readStream(target.url, call, agent)));
  // The settlement after the end of a stream is part of its cost.
  const used = (await settledCpuMs(target.pid)) - before;
  agent.destroy();
  const late = readings.flatMap(({ lateMs }) => lateMs).toSorted((left, right) => left - right);
  return {
    cpuMsPer1000Chunks: (used / late.length) * 1000,
    lateP50Ms: percentile(late, 50),
    lateP99Ms: percentile(late, 99),
    errors: readings.filter(({ complete, lateMs }) => !complete || lateMs.length !== chunks).length,
  };
}

/** Measures the milliseconds to the first byte of a short stream. Throws if the stream fails. */
export async function firstByteMs(target: Target, call: Call, agent: Agent): Promise<number> {
  const reading = await readStream(target.url, call, agent);
  if (!reading.complete) throw new Error(`a stream of ${target.url} broke off`);
  return reading.firstByteMs;
}

/** Sends one call before a measurement, so that the key is cached and the limits are leased. */
export async function warmUp(target: Target, call: Call): Promise<void> {
  const agent = new Agent();
  await readStream(
    target.url,
    { ...call, body: call.body.replace(/\[\[chunks=\d+ ms=\d+\]\]/, '[[chunks=1 ms=0]]') },
    agent,
  );
  agent.destroy();
}

async function settledCpuMs(pid: number | undefined): Promise<number> {
  let last = await readCpuMs(pid);
  for (let tries = 0; tries < 30; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = await readCpuMs(pid);
    if (now - last < 0.5 || Number.isNaN(now)) return now;
    last = now;
  }
  return last;
}

function readStream(url: string, { path, headers, body }: Call, agent: Agent): Promise<Reading> {
  const startedAtMs = performance.now();
  return new Promise((resolve) => {
    let firstByteMs = Number.NaN;
    const lateMs: number[] = [];
    let tail = '';
    const done = (complete: boolean) => resolve({ firstByteMs, lateMs, complete });
    const sent = request(`${url}${path}`, { method: 'POST', headers, agent }, (response) => {
      response.on('data', (bytes: Buffer) => {
        if (lateMs.length === 0 && Number.isNaN(firstByteMs)) firstByteMs = performance.now() - startedAtMs;
        const now = Number(process.hrtime.bigint());
        tail += bytes.toString('latin1');
        let from = 0;
        for (const match of tail.matchAll(/@(\d+)@/g)) {
          lateMs.push((now - Number(match[1])) / 1e6);
          from = match.index + match[0].length;
        }
        tail = tail.slice(Math.max(from, tail.length - 200));
      });
      response.on('end', () => done(response.statusCode === 200 && endings.some((ending) => tail.includes(ending))));
      response.on('error', () => done(false));
    });
    sent.on('error', () => done(false));
    sent.end(body);
  });
}
