import { after } from './after.ts';

const slices = 5;

/**
 * The outcome of `work`, or a rejection where there is none after `timeoutMs` milliseconds in which this isolate could have
 * heard of it. The time is counted in five slices, so that an isolate that is busy itself for a while does not take its own
 * lateness for that of who was asked.
 */
export async function patient<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  let left = slices;
  let stop = () => {};
  const slice = () => {
    if (left === 0) return timeout.reject(new Error(`no answer within ${timeoutMs} ms`));
    left -= 1;
    stop = after(timeoutMs / slices, slice);
  };
  slice();
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    stop();
  }
}
