import { beforeAll, describe, expect, test } from 'vitest';
import { askRecorded, bodyOf, loadClients } from './recorded-gateway.ts';
import {
  bytesOf,
  type Client,
  clients,
  forEachOf,
  framesOf,
  missing,
  passed,
  passesThrough,
  streamNames,
} from './recorded-streams.ts';

beforeAll(loadClients, 60_000);

/**
 * Where bytes pass through, a recording is cut in two at every byte. A longer one, and one that is translated, is cut into
 * writes of one size instead, first at one byte, then at the next, so that one of them begins at each byte too.
 */
const comb = 67;
const longest = 5_000;

/** Writes of which one begins at each byte of a stream, in one way or another. */
function* cutsOf(bytes: Uint8Array, inTwo: boolean): Generator<Uint8Array[]> {
  if (inTwo && bytes.length <= longest) {
    for (let at = 1; at < bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)];
    return;
  }
  for (let first = 1; first <= comb; first += 1) {
    const pieces = [bytes.subarray(0, first)];
    for (let at = first; at < bytes.length; at += comb) pieces.push(bytes.subarray(at, at + comb));
    yield pieces;
  }
}

/** An id that a call was given because its provider gave it none. */
const withoutNewIds = (text: string) => text.replace(/call_[0-9a-f]{32}/g, 'call_new');

interface Expected {
  readonly text: string;
  readonly rows: unknown;
}

async function ask(name: string, client: Client, pieces: readonly Uint8Array[]): Promise<Expected> {
  const { text, rows } = await askRecorded(name, client, bodyOf(pieces));
  return { text: withoutNewIds(text), rows };
}

describe.skipIf(missing).each(missing ? ['a recording'] : streamNames)('%s', (name) => {
  test.each(clients)(
    'is the same to a client of %s wherever the network cuts it',
    { timeout: 120_000 },
    async (client) => {
      const bytes = bytesOf(framesOf(name).join(''));
      const whole = await ask(name, client, [bytes]);
      expect(whole.rows).toMatchObject([{ status: 'completed', tokenSource: 'provider' }]);
      if (passesThrough(name, client)) expect(whole.text).toBe(passed(name, client));
      const cuts = [...cutsOf(bytes, passesThrough(name, client)), Array.from(bytes, (byte) => Uint8Array.of(byte))];
      await forEachOf(cuts, async (pieces) => {
        const cut = await ask(name, client, pieces);
        if (cut.text === whole.text && JSON.stringify(cut.rows) === JSON.stringify(whole.rows)) return;
        expect({ firstPiece: pieces[0]?.length, ...cut }).toEqual({ firstPiece: pieces[0]?.length, ...whole });
      });
    },
  );
});

/** Framing that none of the recordings has. */
const breaks = ['\r\n', '\r'];

describe.skipIf(missing)('lines that end otherwise', () => {
  const names = missing ? ['a recording'] : streamNames.filter((name) => !name.startsWith('ollama/'));

  test.each(names)('%s', { timeout: 120_000 }, async (name) => {
    for (const client of clients) {
      for (const lineBreak of breaks) {
        // No vendor ends its lines so: what is to be hidden is told too late there.
        if (lineBreak === '\r' && client === 'openai') continue;
        const bytes = bytesOf(framesOf(name).join('').replaceAll('\n', lineBreak));
        const { text: whole, rows } = await ask(name, client, [bytes]);
        expect(rows).toMatchObject([{ status: 'completed' }]);
        if (passesThrough(name, client)) expect(whole).toBe(passed(name, client).replaceAll('\n', lineBreak));
        // Around each of the line ends of the last events, and of the first.
        const ends = [...bytes.keys()].filter((at) => bytes[at] === 10 || bytes[at] === 13);
        const near = [...ends.slice(0, 4), ...ends.slice(-16)].flatMap((at) => [at, at + 1]);
        await forEachOf([...new Set(near)], async (at) => {
          const cut = await ask(name, client, [bytes.subarray(0, at), bytes.subarray(at)]);
          expect(cut.text).toBe(whole);
          expect(cut.rows).toEqual(rows);
        });
      }
    }
  });
});
