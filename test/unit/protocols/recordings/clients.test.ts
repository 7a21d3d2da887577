import { beforeAll, describe, expect, test } from 'vitest';
import { parseRecordedStream } from '../../../support/parse-recording.ts';
import { recording } from '../../../support/recordings.ts';
import { bodyOf, loadClients, requestRecording } from './recorded-gateway.ts';
import {
  bytesOf,
  clients,
  framesOf,
  hasNoRecordings,
  hasUsageBesideChoices,
  passesThrough,
  passthroughText,
  readers,
  streamNames,
} from './recorded-streams.ts';

beforeAll(loadClients, 60_000);

describe.skipIf(hasNoRecordings).each(hasNoRecordings ? ['a recording'] : streamNames)('%s', (name) => {
  test.each(clients)('gives a client of %s the text, tool calls and usage of the recording', async (client) => {
    const recorded = parseRecordedStream(name, recording(name));
    const { text, rows } = await requestRecording(name, client, bodyOf([bytesOf(framesOf(name).join(''))]));
    const through = passesThrough(name, client);
    if (through) expect(text).toBe(passthroughText(name, client));
    const hasUsage = client !== 'openai' || (through && hasUsageBesideChoices(name));
    expect(readers[client](text)).toEqual({
      text: client === 'native' || through ? recorded.text : recorded.text + recorded.refusal,
      toolCalls: client === 'native' ? [] : recorded.toolCalls,
      finishReason: recorded.finishReason,
      tokensIn: hasUsage ? recorded.tokensIn : undefined,
      tokensOut: hasUsage ? (through ? recorded.reportedTokensOut : recorded.tokensOut) : undefined,
      endings: ['done'],
    });
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row).toMatchObject({
      status: 'completed',
      finishReason: recorded.finishReason,
      tokenSource: 'provider',
      inputTokens: recorded.tokensIn,
      outputTokens: recorded.tokensOut,
      reportedModel: recorded.model,
    });
    expect([row?.cacheReadTokens ?? 0, row?.cacheWriteTokens ?? 0, row?.reasoningTokens ?? 0]).toEqual([
      recorded.cacheRead,
      recorded.cacheWrite,
      recorded.reasoning,
    ]);
  });
});
