import { beforeAll, describe, expect, test } from 'vitest';
import { readPlainly } from '../../../support/parse-recording.ts';
import { askRecorded, bodyOf, loadClients } from './recorded-gateway.ts';
import {
  bytesOf,
  type Client,
  clients,
  forEachOf,
  framesOf,
  linesOf,
  missing,
  passesThrough,
  readers,
  streamNames,
} from './recorded-streams.ts';

beforeAll(loadClients, 60_000);

interface Cut {
  /** So many whole events have come. */
  readonly events: number;
  /** And so much of the next one. */
  readonly more: number;
  readonly end: 'clean' | 'cut';
}

/** After every event; in the middle of each, too, and at every byte of the last one. */
function cutsOf(frames: readonly string[]): Cut[] {
  const ends = ['clean', 'cut'] as const;
  return frames.flatMap((frame, events) => {
    const half = bytesOf(frame).length >> 1;
    const isLast = events === frames.length - 1;
    const within = isLast ? Array.from({ length: bytesOf(frame).length - 1 }, (_, at) => at + 1) : [half];
    // Of the long recordings, not every one of hundreds of like events in every way.
    const all = frames.length < 60 || events < 4 || frames.length - events < 8 || events % 7 === 0;
    return [0, ...within].flatMap((more) =>
      ends.filter((end) => all || (more === 0 && end === 'cut')).map((end) => ({ events, more, end })),
    );
  });
}

/** Whether the protocol's terminator is there, but for what ends its line. */
const terminates = (frame: string, more: number) => more >= bytesOf(frame.trimEnd()).length;

/** What a model had written by then: whatever vendors count as output. */
function hasProduced(name: string, events: number): boolean {
  return linesOf(name)
    .slice(0, events)
    .some(
      (line) =>
        /"(?:text|thinking|partial_json|content|reasoning_content|arguments)":\s*"[^"]/.test(line) ||
        /"(?:tool_calls|name)":/.test(line),
    );
}

async function check(name: string, client: Client, { events, more, end }: Cut): Promise<void> {
  const frames = framesOf(name);
  const next = frames[events] ?? '';
  const bytes = bytesOf(frames.slice(0, events).join(''));
  const { text, rows } = await askRecorded(name, client, bodyOf([bytes, bytesOf(next).subarray(0, more)], { end }));
  const isLast = events === frames.length - 1;
  const isWhole = isLast && terminates(next, more);
  const where = { events, more, end };
  const read = readers[client](text);
  expect({ where, endings: read.endings, rows: rows.map(({ status }) => status) }).toEqual({
    where,
    endings: [isWhole ? 'done' : 'error'],
    rows: [isWhole ? 'completed' : 'failed'],
  });
  const [row] = rows;
  if (isWhole || name.startsWith('ollama/')) return;
  // What has been produced is shown, and billed.
  const so = readSoFar(name, events);
  const shown = passesThrough(name, client) || client === 'native' ? so : read.text.slice(0, so.length);
  expect({ where, text: read.text.startsWith(so), shown }).toEqual({ where, text: true, shown: so });
  expect({ where, ...row, inputTokens: row?.inputTokens }).toMatchObject({ where, inputTokens: expect.any(Number) });
  if (hasProduced(name, events))
    expect({ where, produced: Number(row?.outputTokens) > 0 }).toEqual({ where, produced: true });
}

/** The text of so many events; a tool's input that is only half there is none. */
function readSoFar(name: string, events: number): string {
  const lines = linesOf(name)
    .slice(0, events)
    .filter((line) => !/input_json_delta|"tool_calls"/.test(line));
  return lines.length === 0 ? '' : readPlainly(name, lines.join('\n')).text;
}

describe.skipIf(missing).each(missing ? ['a recording'] : streamNames)('%s', (name) => {
  test.each(clients)(
    'ends in one error for a client of %s wherever it is cut off',
    { timeout: 120_000 },
    async (client) => {
      await forEachOf(cutsOf(framesOf(name)), (cut) => check(name, client, cut));
    },
  );
});
