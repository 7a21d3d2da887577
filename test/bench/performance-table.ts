import type { Results } from './results.ts';

const begin = '<!-- bench: made by `npm run bench -- --publish` -->';
const end = '<!-- /bench -->';

/** Returns the page with the table of a run between its two marks. Throws if they are missing. */
export function insertResultsTable(page: string, results: Results): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`The page has no place for the results: ${begin} … ${end}`);
  return `${page.slice(0, from)}${begin}\n${toTable(results)}\n${page.slice(to)}`;
}

function toTable(results: Results): string {
  const { passthrough, native, stream, startup, bundle, jobs, memory, tables = [], metering, portkey } = results;
  const ratio = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(2)} ×`);
  const cpuMs = (target: string) => findCpuMs(results.measured, target);
  const compared = [
    [
      'requests per second, passed through',
      ratio(passthrough.rps),
      ratio(metering?.passthrough.rps),
      ratio(portkey?.passthrough.rps),
    ],
    [
      'CPU per request, passed through',
      ratio(passthrough.cpu),
      ratio(metering?.passthrough.cpu),
      ratio(portkey?.passthrough.cpu),
    ],
    [
      `CPU per request, passed through (the baseline takes ${cpuMs('bare')})`,
      cpuMs('passthrough'),
      cpuMs('metering'),
      cpuMs('portkey'),
    ],
    ['requests per second, native route', ratio(native.rps), '–', '–'],
    ['CPU per request, native route', ratio(native.cpu), '–', '–'],
    [
      'time to first byte of a stream, added',
      formatAddedMs(stream.ttfbAddedMs),
      formatAddedMs(metering?.stream.ttfbAddedMs),
      formatAddedMs(portkey?.stream.ttfbAddedMs),
    ],
    [
      'CPU per chunk, OpenAI, with usage',
      ratio(stream.meteredCpu),
      ratio(metering?.stream.meteredCpu),
      ratio(portkey?.stream.meteredCpu),
    ],
    ['CPU per chunk, Anthropic', ratio(stream.anthropicCpu), ratio(metering?.stream.anthropicCpu), '–'],
    ['CPU per chunk, OpenAI, usage removed', ratio(stream.pumpedCpu), ratio(metering?.stream.pumpedCpu), '–'],
    ['CPU per chunk, OpenAI to Claude', ratio(stream.translatedCpu), ratio(metering?.stream.translatedCpu), '–'],
    [
      'delay of a chunk, 512 streams that start together, p99',
      formatMs(memory.lateP99Ms512),
      formatMs(metering?.lateP99Ms512),
      '–',
    ],
  ];
  const alone = [
    ['start-up', `${startup.cpuMs.toFixed(0)} ms of CPU`],
    ['bundle', `${bundle.gzipKiB.toFixed(0)} KiB with gzip`],
    ['Stub jobs through one consumer', `${jobs.perSecond.toFixed(0)} per second`],
    ['a job from creation to COMPLETED, idle gateway', `${jobs.restP50Ms.toFixed(0)} ms`],
    ['memory of 64 slow streams', `${memory.mib64.toFixed(0)} MiB`],
    ...(memory.mib512 === undefined ? [] : [['memory of 512 slow streams', `${memory.mib512.toFixed(0)} MiB`]]),
    ...tables.map(({ query, ms: taken }) => [
      `Postgres, 1,000,000 jobs and 10,000,000 requests: ${query}`,
      formatMs(taken),
    ]),
  ];
  return [
    `| a Worker that only forwards = 1 | AI Aggregator | a Worker that also reads the bytes | Portkey on Node |`,
    '|---|---|---|---|',
    ...compared.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '| | |',
    '|---|---|',
    ...alone.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `${results.at.slice(0, 10)}, commit ${results.commit}, ${results.machine.cores} cores of ${results.machine.model}, ${results.engines} Postgres and Redis, means of ${results.rounds} interleaved rounds, medians where milliseconds are given.`,
  ].join('\n');
}

function formatMs(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 0 && value < 0.05 ? '< 0.05 ms' : `${value.toFixed(1)} ms`;
}

/** Formats a difference to the baseline. A negative one is noise: no target answers sooner than the baseline. */
function formatAddedMs(value: number | undefined): string {
  return value !== undefined && value < 0 ? 'within noise' : formatMs(value);
}

/** Returns the median of the milliseconds of CPU that a request takes. */
function findCpuMs(measured: Results['measured'], target: string): string {
  const figure = measured.find((entry) => entry.target === target && entry.figure === 'CPU per request, ms');
  return figure === undefined ? '–' : `${figure.median.toFixed(2)} ms`;
}
