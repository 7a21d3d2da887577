import { beforeAll, describe, expect, test } from 'vitest';
import { parseRecordedStream } from '../../../support/parse-recording.ts';
import { bodyOf, loadClients, requestRecording } from './recorded-gateway.ts';
import {
  bytesOf,
  type Client,
  checkEach,
  clients,
  framesOf,
  hasNoRecordings,
  isCutEverywhere,
  linesOf,
  passesThrough,
  readers,
  streamNames,
} from './recorded-streams.ts';

beforeAll(loadClients, 60_000);

interface Cut {
  /** How many whole events come. */
  readonly events: number;
  /** How many bytes of the next event come. */
  readonly more: number;
  readonly end: 'clean' | 'cut';
}

/** `npm test` cuts each third byte of the last event, `npm run test:cuts` each byte. */
const step = isCutEverywhere ? 1 : 3;

/** Returns cuts after every event, in the middle of each, and at the bytes of the last one. */
function cutsOf(frames: readonly string[]): Cut[] {
  const ends = ['clean', 'cut'] as const;
  return frames.flatMap((frame, events) => {
    const half = bytesOf(frame).length >> 1;
    const isLast = events === frames.length - 1;
    const offsets = isLast
      ? Array.from({ length: Math.ceil((bytesOf(frame).length - 1) / step) }, (_, at) => at * step + 1)
      : [half];
    const cuts = [0, ...offsets].flatMap((more) => ends.map((end) => ({ events, more, end })));
    // A long recording has hundreds of similar events: every cut of about 30 of them is enough.
    const stride = Math.max(7, Math.ceil(frames.length / 30));
    const isSample = frames.length < 60 || events < 4 || frames.length - events < 8 || events % stride === 0;
    if (isSample) return cuts;
    return frames.length < 250 ? cuts.filter(({ more, end }) => more === 0 && end === 'cut') : [];
  });
}

/** Whether the protocol's terminator is there. Its line break may be missing. */
const terminates = (frame: string, more: number) => more >= bytesOf(frame.trimEnd()).length;

const outputPattern = /"(?:text|thinking|partial_json|content|reasoning|reasoning_content|arguments)":\s*"[^"]/;
const toolCallPattern = /"(?:tool_calls":\s*\[|name":)/;

/** Whether the model has written anything that vendors count as output within the first events. */
function hasOutput(name: string, events: number): boolean {
  return linesOf(name)
    .slice(0, events)
    .some((line) => outputPattern.test(line) || toolCallPattern.test(line));
}

/** Whether the first events of a Chat Completions stream give its finish reason: it may end then. */
function hasFinishReason(name: string, events: number): boolean {
  return linesOf(name)
    .slice(0, events)
    .some((line) => /"finish_reason":\s*"/.test(line));
}

async function check(name: string, client: Client, { events, more, end }: Cut): Promise<void> {
  const frames = framesOf(name);
  const next = frames[events] ?? '';
  const bytes = bytesOf(frames.slice(0, events).join(''));
  const { text, rows } = await requestRecording(
    name,
    client,
    bodyOf([bytes, bytesOf(next).subarray(0, more)], { end }),
  );
  const isLast = events === frames.length - 1;
  const isTerminated = isLast && terminates(next, more);
  const hasHalfEvent = next.slice(0, more).startsWith('data');
  const isWhole = isTerminated || (end === 'clean' && !hasHalfEvent && hasFinishReason(name, events));
  const where = { events, more, end };
  const reading = readers[client](text);
  // A client of the provider's own protocol gets its bytes as they came, without a terminator where none came.
  const endings = isTerminated || !passesThrough(name, client) ? ['done'] : [];
  expect({ where, endings: reading.endings, rows: rows.map(({ status }) => status) }).toEqual({
    where,
    endings: isWhole ? endings : ['error'],
    rows: [isWhole ? 'completed' : 'failed'],
  });
  const [row] = rows;
  if (isWhole || name.startsWith('ollama/')) return;
  // The client sees all output up to the cut, and the ledger counts it.
  const recordedText = textOf(name, events);
  expect({ where, text: reading.text.slice(0, recordedText.length) }).toEqual({ where, text: recordedText });
  const hasInputTokens = Number.isSafeInteger(row?.inputTokens);
  const hasOutputTokens = Number(row?.outputTokens) > 0 || !hasOutput(name, events);
  expect({ where, hasInputTokens, hasOutputTokens }).toEqual({ where, hasInputTokens: true, hasOutputTokens: true });
}

/** The text of the first events. Leaves tool calls out, for their input may be cut off in the middle. */
function textOf(name: string, events: number): string {
  const lines = linesOf(name)
    .slice(0, events)
    .filter((line) => !/input_json_delta|"tool_calls":\s*\[/.test(line));
  return lines.length === 0 ? '' : parseRecordedStream(name, lines.join('\n')).text;
}

describe.skipIf(hasNoRecordings).each(hasNoRecordings ? ['a recording'] : streamNames)('%s', (name) => {
  test.each(clients)('ends in one error for a client of %s at every cut', { timeout: 120_000 }, async (client) => {
    await checkEach(cutsOf(framesOf(name)), (cut) => check(name, client, cut));
  });
});
