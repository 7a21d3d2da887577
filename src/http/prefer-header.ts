import type { HttpContext } from './context.ts';

/** The preferences of a client (RFC 7240). */
export interface Preferences {
  /** Respond at once, with the address of the result. */
  readonly respondAsync: boolean;
  /** Wait for the result, for at most this many seconds. */
  readonly waitSeconds: number | undefined;
}

/** The longest wait. A longer one is shortened. */
const maxWaitSeconds = 60;

/** Parses the `Prefer` header. Unknown and malformed preferences are ignored, as the RFC says. */
export function parsePreferHeader(context: HttpContext): Preferences {
  const preferences = new Map(
    (context.req.header('prefer') ?? '').split(',').map((preference) => {
      const [, name = '', value = ''] = /^\s*([\w-]+)\s*(?:=\s*"?([^";]*?)"?\s*)?(?:;.*)?$/.exec(preference) ?? [];
      return [name.toLowerCase(), value] as const;
    }),
  );
  const wait = preferences.get('wait') ?? '';
  return {
    respondAsync: preferences.has('respond-async'),
    waitSeconds: /^\d{1,9}$/.test(wait) ? Math.min(Number(wait), maxWaitSeconds) : undefined,
  };
}
