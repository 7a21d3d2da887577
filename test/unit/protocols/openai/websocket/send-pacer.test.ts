import { expect, it } from 'vitest';
import { SendPacer } from '../../../../../src/protocols/openai/websocket/send-pacer.ts';

const mebibyte = 2 ** 20;

it('lets 8 MiB pass at once, and 256 KiB a second after that', () => {
  let nowMs = 0;
  const pacer = new SendPacer(() => nowMs);
  pacer.recordSent(8 * mebibyte);
  expect(pacer.delayMs).toBe(0);
  pacer.recordSent(mebibyte);
  expect(pacer.delayMs).toBe(4_000);
  nowMs = 3_000;
  expect(pacer.delayMs).toBe(1_000);
  nowMs = 4_000;
  expect(pacer.delayMs).toBe(0);
  nowMs = 1_000_000;
  pacer.recordSent(8 * mebibyte);
  expect(pacer.delayMs).toBe(0);
});

it('is overdue after 64 MiB without a sign of the client, however slowly they were sent', () => {
  let nowMs = 0;
  const pacer = new SendPacer(() => nowMs);
  for (let count = 0; count < 64; count += 1) {
    nowMs += 60_000;
    pacer.recordSent(mebibyte);
  }
  expect(pacer.isOverdue).toBe(false);
  pacer.recordSent(1);
  expect(pacer.isOverdue).toBe(true);
  pacer.recordSign();
  expect(pacer.isOverdue).toBe(false);
});
