import { StartError } from '../dev/start-error.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Parses the time of an option, UTC: a day, a time, `today`, `yesterday`, or how long ago, such as `1h` or `7d`. Undefined without the
 * option. Throws a StartError for any other text.
 */
export function parseTime(name: string, text: string | undefined, nowMs = Date.now()): Date | undefined {
  if (text === undefined) return undefined;
  const time = parseRelative(text, nowMs) ?? parseAbsolute(text);
  if (Number.isNaN(time.getTime())) {
    throw new StartError(
      `${name} must be a day such as 2026-11-01, a time such as 2026-11-01T08:00Z, today, yesterday, or how long ago, such as 1h or 7d.`,
    );
  }
  return time;
}

function parseRelative(text: string, nowMs: number): Date | undefined {
  const todayMs = Math.floor(nowMs / dayMs) * dayMs;
  if (text === 'today') return new Date(todayMs);
  if (text === 'yesterday') return new Date(todayMs - dayMs);
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(text) ?? [];
  return count === undefined ? undefined : new Date(nowMs - Number(count) * (unit === 'h' ? hourMs : dayMs));
}

function parseAbsolute(text: string): Date {
  return new Date(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(text) ? text : Number.NaN);
}
