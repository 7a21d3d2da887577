import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';
import { immutable, noCache, type StaticFiles, serveFile } from './static-file.ts';

/** The parts of a console that is on. Where it is off there is none, and the app has no routes for it. */
export interface Console {
  readonly files: StaticFiles;
  /** The public dev key of a local gateway, with which the page signs in. Must be undefined when deployed, because the routes need no key. */
  readonly apiKey: string | undefined;
}

/** The page loads from and sends to this gateway only, because a user pastes an API key into it. Nothing in it is inline. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** `GET /console/…` without a file: the page, which shows what its path names. Its name has no hash, so it is revalidated. */
export function consolePage({ files }: Console): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/console.html', { cacheControl: noCache, contentSecurityPolicy });
}

/** `GET /console/settings.json`. `no-store`, because it may contain a key. */
export function consoleSettings({ apiKey }: Console): Handler<HttpEnv> {
  return (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ apiKey });
  };
}

/** `GET /console/HASH/…`: the scripts and styles of the page. Their paths contain a hash of the content, so browsers keep them for a year. */
export function consoleFile({ files }: Console): Handler<HttpEnv> {
  return (context) => serveFile(context, files, context.req.path, { cacheControl: immutable, contentSecurityPolicy });
}
