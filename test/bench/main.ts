/**
 * `npm run bench`: the product as it deploys against a Worker that only forwards, in one run and in interleaved rounds.
 * `--quick` leaves out Portkey, the Worker that also reads the bytes, the large tables and 512 streams. `--json FILE`
 * writes the results. `--publish` writes test/bench/results and the table in docs/explanation/performance.md.
 */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { readPrivateBytes } from '../support/process-usage.ts';
import { callsWith, type Pace } from './calls.ts';
import { type Environment, startEnvironment } from './environment.ts';
import { measureJobs } from './jobs.ts';
import { portkeyHeaders, startPortkey } from './portkey.ts';
import { publish } from './publish.ts';
import type { Measured, Ratios, Results, StreamFigures } from './results.ts';
import { measureBundle, measureStartup } from './startup.ts';
import { mean, percentile, round, summarize } from './statistics.ts';
import { firstByteMs, measureStreams, type StreamLoad, warmUp } from './streams.ts';
import { measureTables } from './tables.ts';
import { type Call, measureThroughput } from './throughput.ts';
import type { Target } from './worker.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, publish: { type: 'boolean' } },
});
const quick = options.quick ?? false;
const connections = 16;
// Many short rounds, because other load on the machine changes by the second.
const seconds = 0.5;
const rounds = quick ? 12 : 64;
const streamRounds = quick ? 4 : 16;
const slowRounds = 3;
const paced: Pace = { chunks: 200, ms: 5 };
const slowly: Pace = { chunks: 100, ms: 100 };
const streams = 32;

/** One measurement of one target. */
interface Contender {
  readonly name: string;
  readonly target: Target;
  readonly call: Call;
}

type Samples = Map<string, number[]>;

const measured: Measured[] = [];
const print = (text: string) => console.log(text);

const environment = await startEnvironment();
const portkey = quick ? undefined : await startPortkey();
try {
  print(`${environment.engines} engines, ${quick ? 'quick' : 'full'} run, ${rounds} rounds of ${seconds} s`);
  const results = await run(environment, portkey);
  report(results);
  if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (options.publish) await publish(results);
} finally {
  await portkey?.stop();
  await environment.stop();
}

async function run(stand: Environment, portkey: Target | undefined): Promise<Results> {
  const { bare, metering, gateway, key, upstreamUrl } = stand;
  const calls = callsWith(key);
  const viaPortkey = (call: Call): Call => ({
    ...call,
    headers: { ...call.headers, ...portkeyHeaders(upstreamUrl) },
  });
  const requests = await throughput([
    { name: 'bare', target: bare, call: calls.chat },
    { name: 'passthrough', target: gateway, call: calls.chat },
    { name: 'native', target: gateway, call: calls.native },
    ...(quick ? [] : [{ name: 'metering', target: metering, call: calls.chat }]),
    ...(portkey ? [{ name: 'portkey', target: portkey, call: viaPortkey(calls.chat) }] : []),
  ]);
  const late = await firstBytes([
    { name: 'bare', target: bare, call: calls.metered({ chunks: 2, ms: 1 }) },
    { name: 'metered', target: gateway, call: calls.metered({ chunks: 2, ms: 1 }) },
    ...(quick ? [] : [{ name: 'metering', target: metering, call: calls.metered({ chunks: 2, ms: 1 }) }]),
    ...(portkey ? [{ name: 'portkey', target: portkey, call: viaPortkey(calls.metered({ chunks: 2, ms: 1 })) }] : []),
  ]);
  const chunks = await streaming([
    { name: 'bare', target: bare, call: calls.metered(paced) },
    { name: 'bare, Anthropic', target: bare, call: calls.anthropic(paced) },
    { name: 'metered', target: gateway, call: calls.metered(paced) },
    { name: 'anthropic', target: gateway, call: calls.anthropic(paced) },
    { name: 'pumped', target: gateway, call: calls.pumped(paced) },
    { name: 'translated', target: gateway, call: calls.translated(paced) },
    ...(quick
      ? []
      : [
          { name: 'metering, metered', target: metering, call: calls.metered(paced) },
          { name: 'metering, anthropic', target: metering, call: calls.anthropic(paced) },
          { name: 'metering, pumped', target: metering, call: calls.pumped(paced) },
          { name: 'metering, translated', target: metering, call: calls.translated(paced) },
        ]),
    ...(portkey ? [{ name: 'portkey', target: portkey, call: viaPortkey(calls.metered(paced)) }] : []),
  ]);
  const rps = (name: string) => ratio(requests, `${name} rps`, 'bare rps');
  const cpu = (name: string) => ratio(requests, `${name} cpu`, 'bare cpu');
  const streamCpu = (name: string, reference = 'bare') => ratio(chunks, `${name} cpu`, `${reference} cpu`);
  const added = (name: string) => round(median(late, name) - median(late, 'bare'));
  const ratios = (name: string): Ratios => ({ rps: rps(name), cpu: cpu(name) });
  const streamOf = (name: string, prefix = ''): StreamFigures => ({
    ttfbAddedMs: added(name),
    meteredCpu: streamCpu(`${prefix}metered`),
    anthropicCpu: streamCpu(`${prefix}anthropic`, 'bare, Anthropic'),
    pumpedCpu: streamCpu(`${prefix}pumped`),
    translatedCpu: streamCpu(`${prefix}translated`),
  });
  const { memory, slowly: slowLateMs } = await slowStreams(stand, calls.metered(slowly));
  const jobs = await measureJobs(stand, quick ? 400 : 2_000, quick ? 10 : 30);
  const startups: number[] = [];
  for (let index = 0; index < (quick ? 1 : 3); index += 1) startups.push(await measureStartup());
  return {
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version },
    quick,
    engines: stand.engines,
    rounds,
    passthrough: ratios('passthrough'),
    native: ratios('native'),
    stream: streamOf('metered'),
    startup: { cpuMs: round(summarize(startups).median, 1) },
    bundle: { gzipKiB: round(await measureBundle(stand.folder), 1) },
    jobs: { perSecond: round(jobs.perSecond, 0), restP50Ms: round(jobs.restP50Ms, 0) },
    memory: {
      ...memory,
      ...(slowLateMs && { lateP99Ms512: round(median(slowLateMs, 'metered'), 1) }),
    },
    ...(quick || stand.engines === 'embedded' ? {} : { tables: await measureTables() }),
    ...(quick
      ? {}
      : {
          metering: {
            passthrough: ratios('metering'),
            stream: streamOf('metering', 'metering, '),
            ...(slowLateMs && { lateP99Ms512: round(median(slowLateMs, 'metering'), 1) }),
          },
        }),
    ...(portkey && {
      portkey: {
        passthrough: ratios('portkey'),
        stream: { ttfbAddedMs: added('portkey'), meteredCpu: streamCpu('portkey') },
      },
    }),
    measured,
  };
}

/** Rotates the order, so that each round starts with another target: the first one follows a pause. */
async function runInterleaved(
  contenders: readonly Contender[],
  count: number,
  work: (one: Contender) => Promise<void>,
) {
  for (const contender of contenders) await work(contender);
  for (let turn = 0; turn < count; turn += 1) {
    const start = turn % contenders.length;
    for (const contender of [...contenders.slice(start), ...contenders.slice(0, start)]) await work(contender);
  }
}

/** Adds a sample. The first round only warms up and is discarded. */
function addSample(samples: Samples, name: string, value: number): void {
  const existing = samples.get(name);
  if (existing) existing.push(value);
  else samples.set(name, []);
}

async function throughput(contenders: readonly Contender[]): Promise<Samples> {
  const samples: Samples = new Map();
  const errors = new Map<string, number>();
  await runInterleaved(contenders, rounds, async ({ name, target, call }) => {
    const figures = await measureThroughput(target, call, { connections, seconds });
    addSample(samples, `${name} rps`, figures.requestsPerSecond);
    addSample(samples, `${name} cpu`, figures.cpuMsPerRequest);
    addSample(samples, `${name} p50`, figures.p50Ms);
    addSample(samples, `${name} p99`, figures.p99Ms);
    errors.set(name, (errors.get(name) ?? 0) + figures.errors);
  });
  for (const { name } of contenders) {
    const failed = errors.get(name) ?? 0;
    note('requests', name, 'requests per second', samples.get(`${name} rps`), failed);
    note('requests', name, 'CPU per request, ms', samples.get(`${name} cpu`), failed);
    note('requests', name, 'p50, ms', samples.get(`${name} p50`), failed);
    note('requests', name, 'p99, ms', samples.get(`${name} p99`), failed);
  }
  return samples;
}

async function firstBytes(contenders: readonly Contender[]): Promise<Samples> {
  const samples: Samples = new Map();
  const agent = new Agent({ keepAlive: true });
  await runInterleaved(contenders, quick ? 150 : 300, async ({ name, target, call }) => {
    addSample(samples, name, await firstByteMs(target, call, agent));
  });
  agent.destroy();
  for (const { name } of contenders) note('first byte', name, 'ms', samples.get(name), 0);
  return samples;
}

async function streaming(contenders: readonly Contender[]): Promise<Samples> {
  const samples: Samples = new Map();
  const errors = new Map<string, number>();
  await runInterleaved(contenders, streamRounds, async ({ name, target, call }) => {
    await warmUp(target, call);
    const figures = await measureStreams(target, call, { streams, chunks: paced.chunks });
    addSample(samples, `${name} cpu`, figures.cpuMsPer1000Chunks);
    addSample(samples, `${name} late`, figures.lateP99Ms);
    errors.set(name, (errors.get(name) ?? 0) + figures.errors);
  });
  for (const { name } of contenders) {
    const failed = errors.get(name) ?? 0;
    note(`${streams} streams`, name, 'CPU per 1,000 chunks, ms', samples.get(`${name} cpu`), failed);
    note(`${streams} streams`, name, 'a chunk late at p99, ms', samples.get(`${name} late`), failed);
  }
  return samples;
}

/** Returns the maximum growth of private memory while the streams are open, and the delay of their chunks. */
async function slowStreams(
  { gateway, bare, metering }: Environment,
  call: Call,
): Promise<{ memory: Results['memory']; slowly?: Samples }> {
  const few = await slowLoad(gateway, call, 64);
  note('64 slow streams', 'metered', 'memory, MiB', [few.mib], few.load.errors);
  const memory = { mib64: round(few.mib, 1) };
  if (quick) return { memory };
  const contenders = [
    { name: 'bare', target: bare, call },
    { name: 'metering', target: metering, call },
    { name: 'metered', target: gateway, call },
  ];
  const samples: Samples = new Map();
  const grown = new Map<string, number>();
  const errors = new Map<string, number>();
  await runInterleaved(contenders, slowRounds, async ({ name, target }) => {
    await warmUp(target, call);
    const { mib, load } = await slowLoad(target, call, 512);
    // A process does not return memory, so only the first measurement counts.
    if (!grown.has(name)) grown.set(name, mib);
    addSample(samples, name, load.lateP99Ms);
    errors.set(name, (errors.get(name) ?? 0) + load.errors);
  });
  for (const { name } of contenders) {
    const failed = errors.get(name) ?? 0;
    note('512 slow streams', name, 'memory, MiB', [grown.get(name) ?? Number.NaN], failed);
    note('512 slow streams', name, 'a chunk late at p99, ms', samples.get(name), failed);
  }
  return { memory: { ...memory, mib512: round(grown.get('metered') ?? Number.NaN, 1) }, slowly: samples };
}

async function slowLoad(target: Target, call: Call, count: number): Promise<{ mib: number; load: StreamLoad }> {
  const streams = { streams: count, chunks: slowly.chunks };
  const { pid } = target;
  if (pid === undefined) return { mib: Number.NaN, load: await measureStreams(target, call, streams) };
  const before = await readPrivateBytes(pid);
  let maxBytes = before;
  const look = async () => {
    maxBytes = Math.max(maxBytes, await readPrivateBytes(pid));
  };
  const watch = setInterval(() => void look(), 200);
  const load = await measureStreams(target, call, streams);
  clearInterval(watch);
  return { mib: (maxBytes - before) / 2 ** 20, load };
}

function median(samples: Samples, name: string): number {
  return percentile(
    (samples.get(name) ?? []).toSorted((left, right) => left - right),
    50,
  );
}

/** A ratio of means over all rounds: it varies less between runs than medians and the ratios of single rounds. */
function ratio(samples: Samples, name: string, reference: string): number {
  return round(mean(samples.get(name)) / mean(samples.get(reference)));
}

function note(scenario: string, target: string, figure: string, values: readonly number[] = [], errors: number): void {
  const { median, min, max } = summarize(values);
  measured.push({ scenario, target, figure, median: round(median, 3), min: round(min, 3), max: round(max, 3), errors });
}

function report(results: Results): void {
  console.table(
    Object.fromEntries(
      results.measured.map(({ scenario, target, figure, ...values }) => [`${scenario}, ${target}: ${figure}`, values]),
    ),
  );
  const { measured: _, ...figures } = results;
  print(JSON.stringify(figures, null, 2));
}
