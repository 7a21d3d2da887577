import { StartError } from '../dev/start-error.ts';

/** Parses the time of an option, UTC; undefined without the option. Throws a StartError for any other text. */
export function parseTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const pattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/;
  const time = new Date(pattern.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new StartError(`${name} must be a day such as 2026-11-01, or a time such as 2026-11-01T08:00Z.`);
  }
  return time;
}
