import { beforeEach, describe, expect, it } from 'vitest';
import { ReceiverLoad } from '../../../src/webhooks/receiver-load.ts';

let nowMs: number;
let load: ReceiverLoad;

beforeEach(() => {
  nowMs = 1_000_000;
  load = new ReceiverLoad(() => nowMs);
});

const receiver = (host: string, tenantId = 'ten_1') => ({ tenantId, host });

function startSlow(host: string, tenantId?: string) {
  const attempt = load.start(receiver(host, tenantId));
  attempt.markSlow();
  return attempt;
}

function timeOut(host: string) {
  const attempt = load.start(receiver(host));
  nowMs += attempt.timeoutMs;
  attempt.end('timeout');
}

describe('ReceiverLoad', () => {
  it('starts any number of attempts at receivers that are quick', () => {
    for (let count = 0; count < 50; count += 1) load.start(receiver('a'));
    expect(load.canStart(receiver('a'))).toBe(true);
    expect(load.countAttempts(receiver('a'))).toEqual({ tenant: 50, host: 50 });
  });

  it('lets a host have three slow attempts, and its tenant five', () => {
    const attempts = [1, 2, 3].map(() => startSlow('a'));
    expect([load.canStart(receiver('a')), load.canStart(receiver('b'))]).toEqual([false, true]);
    startSlow('b');
    startSlow('c');
    expect(load.canStart(receiver('d'))).toBe(false);
    expect(load.canStart(receiver('a', 'ten_2'))).toBe(true);
    attempts[0]?.end('answered');
    expect([load.canStart(receiver('a')), load.canStart(receiver('d'))]).toEqual([true, true]);
  });

  it('gives a host that has just timed out two attempts of three seconds, for a minute', () => {
    expect(load.start(receiver('a')).timeoutMs).toBe(10_000);
    nowMs += 40_000;
    timeOut('a');
    const attempts = [load.start(receiver('a')), load.start(receiver('a'))];
    expect(attempts.map(({ timeoutMs }) => timeoutMs)).toEqual([3_000, 3_000]);
    expect(load.canStart(receiver('a'))).toBe(false);
    expect([load.canStart(receiver('b')), load.canStart(receiver('a', 'ten_2'))]).toEqual([true, true]);
    for (const attempt of attempts) attempt.end('timeout');
    nowMs += 60_000;
    expect(load.start(receiver('a')).timeoutMs).toBe(10_000);
  });

  it('gives a host that answers its full time again at once', () => {
    timeOut('a');
    load.start(receiver('a')).end('unknown');
    expect(load.start(receiver('a')).timeoutMs).toBe(3_000);
    load.start(receiver('a')).end('answered');
    expect(load.start(receiver('a')).timeoutMs).toBe(10_000);
  });

  it('calls an attempt slow at once if its tenant has slow receivers, and soon if another one has', () => {
    expect(load.start(receiver('a')).slowAfterMs).toBe(500);
    const slow = startSlow('b');
    expect(load.start(receiver('c')).slowAfterMs).toBe(0);
    expect(load.start(receiver('c', 'ten_2')).slowAfterMs).toBe(200);
    slow.end('timeout');
    expect(load.start(receiver('c')).slowAfterMs).toBe(0);
    nowMs += 60_001;
    expect(load.start(receiver('c')).slowAfterMs).toBe(500);
  });

  it('delays each attempt to a time of its own, up to ten minutes', () => {
    timeOut('a');
    load.start(receiver('a'));
    load.start(receiver('a'));
    expect([1, 2, 3].map(() => load.takeDelayMs(receiver('a')))).toEqual([6_500, 8_000, 9_500]);
    for (let count = 0; count < 1_000; count += 1) load.takeDelayMs(receiver('a'));
    expect(load.takeDelayMs(receiver('a'))).toBe(600_000);
  });

  it('forgets an attempt that died with its invocation', () => {
    for (let count = 0; count < 3; count += 1) startSlow('a');
    nowMs += 30_001;
    expect(load.canStart(receiver('a'))).toBe(true);
  });
});
