import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../src/domain/response.ts';
import { ContentProbe, getMaxHoldMs } from '../../../src/gateway/content-probe.ts';

const start: StreamEvent = { type: 'start', reportedModel: 'gpt-4o-mini' };
const finish: StreamEvent = { type: 'finish', finishReason: 'stop' };
const usage = (output: number): StreamEvent => ({ type: 'usage', usage: { input: 23, output } });

function probeOf(...events: readonly StreamEvent[]): ContentProbe {
  const probe = new ContentProbe('Claude');
  for (const event of events) probe.add(event);
  return probe;
}

describe('a stream that is held back', () => {
  it.each<[string, StreamEvent, boolean]>([
    ['text', { type: 'text', text: 'Hi' }, true],
    ['reasoning', { type: 'reasoning', text: 'Hm' }, true],
    ['a refusal', { type: 'refusal', text: 'No' }, true],
    ['empty text', { type: 'text', text: '' }, false],
    ['a count of tokens', usage(1), false],
    ['its beginning', start, false],
  ])('may be seen after %s: %s', (_name, event, isDone) => {
    expect(probeOf(event).isDone).toBe(isDone);
  });

  it('may be seen after 500 events or 64 KiB without content', () => {
    const probe = probeOf(...Array.from({ length: 500 }, () => start));
    expect(probe.isDone).toBe(false);
    probe.add(start);
    expect(probe.isDone).toBe(true);
    const large = new ContentProbe('Claude');
    large.addBytes(64 * 1024);
    expect(large.isFull).toBe(false);
    large.addBytes(1);
    expect(large.isFull).toBe(true);
  });

  it('fails where it ends empty by its last count, though an earlier one was 1', () => {
    expect(() => probeOf(start, usage(1), usage(0), finish)).toThrow('Claude sent an empty reply.');
    expect(probeOf(start, usage(1), finish).isDone).toBe(true);
  });

  it('is held back as long as a job lasts, and else for 10 s', () => {
    expect([getMaxHoldMs('job'), getMaxHoldMs('stream')]).toEqual([600_000, 10_000]);
  });
});
