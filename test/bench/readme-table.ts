import type { Results } from './results.ts';

const begin = '<!-- bench: made by `npm run bench -- --publish` -->';
const end = '<!-- /bench -->';

/** A README with the table of a run between its two marks. Throws where they are missing. */
export function readmeWith(readme: string, results: Results): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`The README has no place for the bench: ${begin} … ${end}`);
  return `${readme.slice(0, from)}${begin}\n${toTable(results)}\n${readme.slice(to)}`;
}

function toTable(results: Results): string {
  const { passthrough, native, stream, startup, bundle, jobs, memory, tables = [], least, portkey } = results;
  const ratio = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(2)} ×`);
  // Without the sign of what is nothing once it is rounded.
  const ms = (value: number | undefined) =>
    value === undefined ? '–' : `${value.toFixed(1).replace('-0.0', '0.0')} ms`;
  const compared = [
    [
      'requests per second, passed through',
      ratio(passthrough.rps),
      ratio(least?.passthrough.rps),
      ratio(portkey?.passthrough.rps),
    ],
    [
      'CPU per request, passed through',
      ratio(passthrough.cpu),
      ratio(least?.passthrough.cpu),
      ratio(portkey?.passthrough.cpu),
    ],
    ['requests per second, native route', ratio(native.rps), '–', '–'],
    ['CPU per request, native route', ratio(native.cpu), '–', '–'],
    [
      'first byte of a stream, later by',
      ms(stream.ttfbAddedMs),
      ms(least?.stream.ttfbAddedMs),
      ms(portkey?.stream.ttfbAddedMs),
    ],
    [
      'CPU per chunk, OpenAI, usage asked for',
      ratio(stream.meteredCpu),
      ratio(least?.stream.meteredCpu),
      ratio(portkey?.stream.meteredCpu),
    ],
    ['CPU per chunk, Anthropic', ratio(stream.anthropicCpu), ratio(least?.stream.anthropicCpu), '–'],
    ['CPU per chunk, OpenAI, usage taken out', ratio(stream.pumpedCpu), ratio(least?.stream.pumpedCpu), '–'],
    ['CPU per chunk, OpenAI to Claude', ratio(stream.translatedCpu), ratio(least?.stream.translatedCpu), '–'],
    ['a chunk of 512 streams that begin at once late, p99', ms(memory.lateP99Ms512), ms(least?.lateP99Ms512), '–'],
  ];
  const alone = [
    ['start-up', `${startup.cpuMs.toFixed(0)} ms of CPU`],
    ['bundle', `${bundle.gzipKiB.toFixed(0)} KiB with gzip`],
    ['Stub jobs through one consumer', `${jobs.perSecond.toFixed(0)} a second`],
    ['a job from its creation to COMPLETED, at rest', `${jobs.restP50Ms.toFixed(0)} ms`],
    ['memory of 64 slow streams', `${memory.mib64.toFixed(0)} MiB`],
    ...(memory.mib512 === undefined ? [] : [['memory of 512 slow streams', `${memory.mib512.toFixed(0)} MiB`]]),
    ...tables.map(({ query, ms: taken }) => [
      `Postgres, 1,000,000 jobs and 10,000,000 calls: ${query}`,
      `${taken.toFixed(1)} ms`,
    ]),
  ];
  return [
    `| a bare Worker that only forwards = 1 | AI Aggregator | a Worker that only reads what passes | Portkey on Node |`,
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
