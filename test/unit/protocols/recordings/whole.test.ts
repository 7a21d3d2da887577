import { beforeAll, describe, expect, test } from 'vitest';
import { readWholePlainly } from '../../../support/parse-recording.ts';
import { recording, recordingNames } from '../../../support/recordings.ts';
import { readAnthropicReply, readNativeResponse, readOpenAiReply } from './read-client.ts';
import { askRecorded, bodyOf, loadClients } from './recorded-gateway.ts';
import { bytesOf, missing, passesThrough } from './recorded-streams.ts';

const names = recordingNames.filter((name) => name.endsWith('.json') && !/\/(error-|embedding)/.test(name));
const readers = { openai: readOpenAiReply, anthropic: readAnthropicReply, native: readNativeResponse };

beforeAll(loadClients, 60_000);

describe.skipIf(missing).each(missing ? ['a recording'] : names)('%s', (name) => {
  test.each(Object.keys(readers) as (keyof typeof readers)[])(
    'says the same to a client of %s as it does plainly',
    async (client) => {
      const plain = readWholePlainly(name, recording(name));
      const { text, rows } = await askRecorded(name, client, bodyOf([bytesOf(recording(name))]), { whole: true });
      const through = passesThrough(name, client);
      if (through) expect(text).toBe(recording(name));
      expect(readers[client](text)).toEqual({
        text: client === 'native' || through ? plain.text : plain.text + plain.refusal,
        toolCalls: client === 'native' ? [] : plain.toolCalls,
        finishReason: plain.finishReason,
        tokensIn: plain.tokensIn,
        // Where bytes pass through, a client reads these as the vendor has written them.
        tokensOut: through ? expect.any(Number) : plain.tokensOut,
      });
      expect(rows).toMatchObject([
        {
          status: 'completed',
          finishReason: plain.finishReason,
          tokenSource: 'provider',
          inputTokens: plain.tokensIn,
          outputTokens: plain.tokensOut,
          reportedModel: plain.model,
        },
      ]);
      const [row] = rows;
      expect([row?.cacheReadTokens ?? 0, row?.cacheWriteTokens ?? 0, row?.reasoningTokens ?? 0]).toEqual([
        plain.cacheRead,
        plain.cacheWrite,
        plain.reasoning,
      ]);
    },
  );
});
