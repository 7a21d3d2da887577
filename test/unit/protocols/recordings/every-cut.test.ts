import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, loadClients, requestRecording } from './recorded-gateway.ts';
import {
  bytesOf,
  type Client,
  checkEach,
  clients,
  framesOf,
  hasNoRecordings,
  isCutEverywhere,
  passesThrough,
  passthroughText,
  streamNames,
} from './recorded-streams.ts';

beforeAll(loadClients, 60_000);

/** A recording that passes through is cut in two at every byte. */
const maxLengthCutInTwo = 5_000;
/**
 * A longer one, and one that is translated, is cut into pieces of this size, beginning at the first byte, the second and so
 * on, so that a piece begins at each byte too.
 */
const pieceLength = 67;
/** A recording of more bytes has hundreds of similar events. Each eighth beginning cuts them at each of their bytes. */
const maxLengthCutEverywhere = 100_000;
/** `npm test` makes each fifth of these cuts, `npm run test:cuts` all of them. */
const step = isCutEverywhere ? 1 : 5;

/** The ways to cut a stream into pieces. */
function* cutsOf(bytes: Uint8Array, inTwo: boolean): Generator<Uint8Array[]> {
  if (inTwo && bytes.length <= maxLengthCutInTwo) {
    for (let at = 1; at < bytes.length; at += step) yield [bytes.subarray(0, at), bytes.subarray(at)];
    return;
  }
  const stride = bytes.length <= maxLengthCutEverywhere ? 1 : 8;
  for (let first = 1; first <= pieceLength; first += stride * step) {
    const pieces = [bytes.subarray(0, first)];
    for (let at = first; at < bytes.length; at += pieceLength) pieces.push(bytes.subarray(at, at + pieceLength));
    yield pieces;
  }
}

/** Replaces the ids of tool calls that the gateway creates because the provider has sent none. */
/** Ids and encrypted values differ from reply to reply. */
const replaceCreatedValues = (text: string) =>
  text.replace(/call_[0-9a-f]{32}/g, 'call_new').replace(/aia1\.[\w-]+/g, 'aia1.value');

interface Result {
  readonly text: string;
  readonly rows: unknown;
}

async function send(name: string, client: Client, pieces: readonly Uint8Array[]): Promise<Result> {
  const { text, rows } = await requestRecording(name, client, bodyOf(pieces));
  return { text: replaceCreatedValues(text), rows };
}

describe.skipIf(hasNoRecordings).each(hasNoRecordings ? ['a recording'] : streamNames)('%s', (name) => {
  test.each(clients)(
    'sends a client of %s the same stream wherever the network cuts it',
    { timeout: 120_000 },
    async (client) => {
      const bytes = bytesOf(framesOf(name).join(''));
      const whole = await send(name, client, [bytes]);
      expect(whole.rows).toMatchObject([{ status: 'completed', tokenSource: 'provider' }]);
      if (passesThrough(name, client)) expect(whole.text).toBe(passthroughText(name, client));
      const cuts = [...cutsOf(bytes, passesThrough(name, client)), Array.from(bytes, (byte) => Uint8Array.of(byte))];
      await checkEach(cuts, async (pieces) => {
        const cut = await send(name, client, pieces);
        if (cut.text === whole.text && isDeepStrictEqual(cut.rows, whole.rows)) return;
        expect({ firstPiece: pieces[0]?.length, ...cut }).toEqual({ firstPiece: pieces[0]?.length, ...whole });
      });
    },
  );
});

/** Line breaks that no recording has. */
const breaks = ['\r\n', '\r'];

describe.skipIf(hasNoRecordings)('other line breaks', () => {
  const names = hasNoRecordings ? ['a recording'] : streamNames.filter((name) => !name.startsWith('ollama/'));

  test.each(names)('%s streams the same wherever the network cuts it', { timeout: 120_000 }, async (name) => {
    for (const client of clients) {
      for (const lineBreak of breaks) {
        // No vendor ends its lines with CR alone: the usage chunk is recognized too late to be left out.
        if (lineBreak === '\r' && client === 'openai') continue;
        const bytes = bytesOf(framesOf(name).join('').replaceAll('\n', lineBreak));
        const { text: whole, rows } = await send(name, client, [bytes]);
        expect(rows).toMatchObject([{ status: 'completed' }]);
        if (passesThrough(name, client)) expect(whole).toBe(passthroughText(name, client).replaceAll('\n', lineBreak));
        // Around the line breaks of the first events and of the last.
        const ends = [...bytes.keys()].filter((at) => bytes[at] === 10 || bytes[at] === 13);
        const near = [...ends.slice(0, 4), ...ends.slice(-16)].flatMap((at) => [at, at + 1]);
        await checkEach([...new Set(near)], async (at) => {
          const cut = await send(name, client, [bytes.subarray(0, at), bytes.subarray(at)]);
          expect(cut.text).toBe(whole);
          expect(cut.rows).toEqual(rows);
        });
      }
    }
  });
});
