import { beforeAll, describe, expect, test } from 'vitest';
import { parseRecordedReply } from '../../../support/parse-recording.ts';
import { recording, recordingNames } from '../../../support/recordings.ts';
import { readAnthropicReply, readNativeResponse, readOpenAiReply } from './read-client.ts';
import { bodyOf, loadClients, requestRecording } from './recorded-gateway.ts';
import { bytesOf, hasNoRecordings, passesThrough } from './recorded-streams.ts';

const names = recordingNames.filter((name) => name.endsWith('.json') && !/\/(error-|embedding)/.test(name));
const readers = { openai: readOpenAiReply, anthropic: readAnthropicReply, native: readNativeResponse };

beforeAll(loadClients, 60_000);

describe.skipIf(hasNoRecordings).each(hasNoRecordings ? ['a recording'] : names)('%s', (name) => {
  test.each(Object.keys(readers) as (keyof typeof readers)[])(
    'gives a client of %s the text, tool calls and usage of the recording',
    async (client) => {
      const recorded = parseRecordedReply(name, recording(name));
      const { text, rows } = await requestRecording(name, client, bodyOf([bytesOf(recording(name))]), { whole: true });
      const through = passesThrough(name, client);
      if (through) expect(text).toBe(recording(name));
      expect(readers[client](text)).toEqual({
        text: client === 'native' || through ? recorded.text : recorded.text + recorded.refusal,
        toolCalls: client === 'native' ? [] : recorded.toolCalls,
        finishReason: recorded.finishReason,
        tokensIn: recorded.tokensIn,
        tokensOut: through ? recorded.reportedTokensOut : recorded.tokensOut,
      });
      expect(rows).toMatchObject([
        {
          status: 'completed',
          finishReason: recorded.finishReason,
          tokenSource: 'provider',
          inputTokens: recorded.tokensIn,
          outputTokens: recorded.tokensOut,
          reportedModel: recorded.model,
        },
      ]);
      const [row] = rows;
      expect([row?.cacheReadTokens ?? 0, row?.cacheWriteTokens ?? 0, row?.reasoningTokens ?? 0]).toEqual([
        recorded.cacheRead,
        recorded.cacheWrite,
        recorded.reasoning,
      ]);
    },
  );
});
