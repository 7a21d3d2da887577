import type { HttpContext } from './context.ts';

/** What a client would like, by RFC 7240. */
export interface Preferences {
  /** To be answered at once, with where to look for the result. */
  readonly respondAsync: boolean;
  /** To wait for the result for so many seconds at most. */
  readonly waitSeconds: number | undefined;
}

/** No reply is held back for longer. */
const maxWaitSeconds = 60;

/** Reads the `Prefer` header. By the RFC a preference that is unknown or cannot be read is as good as absent. */
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
