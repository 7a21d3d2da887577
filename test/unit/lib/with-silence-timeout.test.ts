import { describe, expect, it } from 'vitest';
import { withSilenceTimeout } from '../../../src/lib/with-silence-timeout.ts';

const never = new Promise<never>(() => undefined);

describe('withSilenceTimeout', () => {
  it('resolves and rejects as the work does', async () => {
    const options = { maxSilenceMs: 1_000, maxMs: 1_000, countSigns: () => 0 };
    expect(await withSilenceTimeout(options, Promise.resolve(1))).toBe(1);
    await expect(withSilenceTimeout(options, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('rejects after a silence', async () => {
    const options = { maxSilenceMs: 60, maxMs: 60_000, countSigns: () => 7 };
    await expect(withSilenceTimeout(options, never)).rejects.toThrow('no sign of life within 60 ms');
  });

  it('asks for a sign of life in the middle of each silence, and waits while there is one', async () => {
    let signs = 0;
    let requests = 0;
    const onSilence = () => {
      requests += 1;
      if (requests < 3) signs += 1;
    };
    const options = { maxSilenceMs: 60, maxMs: 60_000, countSigns: () => signs, onSilence };
    await expect(withSilenceTimeout(options, never)).rejects.toThrow('no sign of life within 60 ms');
    expect(requests).toBe(3);
  });

  it('waits for a peer that answers others, up to the maximum', async () => {
    let signs = 0;
    const options = { maxSilenceMs: 60, maxMs: 400, countSigns: () => (signs += 1) };
    await expect(withSilenceTimeout(options, never)).rejects.toThrow('no answer within 400 ms');
  });
});
