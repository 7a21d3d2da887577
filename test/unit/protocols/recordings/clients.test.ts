import { beforeAll, describe, expect, test } from 'vitest';
import { readPlainly } from '../../../support/parse-recording.ts';
import { recording } from '../../../support/recordings.ts';
import { askRecorded, bodyOf, loadClients } from './recorded-gateway.ts';
import {
  bytesOf,
  clients,
  framesOf,
  missing,
  passed,
  passesThrough,
  readers,
  streamNames,
} from './recorded-streams.ts';

beforeAll(loadClients, 60_000);

describe.skipIf(missing).each(missing ? ['a recording'] : streamNames)('%s', (name) => {
  test.each(clients)('says the same to a client of %s as it does plainly', async (client) => {
    const plain = readPlainly(name, recording(name));
    const { text, rows } = await askRecorded(name, client, bodyOf([bytesOf(framesOf(name).join(''))]));
    const through = passesThrough(name, client);
    if (through) expect(text).toBe(passed(name, client));
    const counted = client !== 'openai';
    expect(readers[client](text)).toEqual({
      text: client === 'native' || through ? plain.text : plain.text + plain.refusal,
      toolCalls: client === 'native' ? [] : plain.toolCalls,
      finishReason: plain.finishReason,
      tokensIn: counted ? plain.tokensIn : undefined,
      // Where bytes pass through, a client reads these as the vendor has written them.
      tokensOut: counted ? (through ? expect.any(Number) : plain.tokensOut) : undefined,
      endings: ['done'],
    });
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row).toMatchObject({
      status: 'completed',
      finishReason: plain.finishReason,
      tokenSource: 'provider',
      inputTokens: plain.tokensIn,
      outputTokens: plain.tokensOut,
      reportedModel: plain.model,
    });
    expect([row?.cacheReadTokens ?? 0, row?.cacheWriteTokens ?? 0, row?.reasoningTokens ?? 0]).toEqual([
      plain.cacheRead,
      plain.cacheWrite,
      plain.reasoning,
    ]);
  });
});
