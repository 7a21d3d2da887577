/**
 * Parses `retry-after-ms`, or `retry-after` as seconds or as a date. Returns seconds; undefined without a valid value.
 * Source: RFC 9110, 10.2.3.
 */
export function parseRetryAfter(headers: Headers | undefined): number | undefined {
  const milliseconds = headers?.get('retry-after-ms') ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(milliseconds)) return Math.ceil(Number(milliseconds) / 1000);
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value));
  // Date.parse accepts nearly any text as a date, -5 included.
  const seconds = value.endsWith('GMT') ? (Date.parse(value) - Date.now()) / 1000 : Number.NaN;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}
