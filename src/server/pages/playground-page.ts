import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';
import { immutable, noCache, type StaticFiles, serveFile } from './static-file.ts';

/** The parts of a playground that is on. Where it is off there is none, and the app has no routes for it. */
export interface Playground {
  readonly files: StaticFiles;
  /** Filled in on the page: the public dev key of a local gateway. Must be undefined when deployed, because the routes need no key. */
  readonly apiKey: string | undefined;
}

/**
 * The page loads from and sends to this gateway only, because a user types an API key into it. `unsafe-inline` styles are needed: the
 * editor writes its own into the page. Its style sheet contains its fonts, and it runs workers from files of its own. If an upgrade needs
 * more, add the one source that it needs.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /playground`: GraphiQL, a static page that src/build/build-playground.ts builds. Its name has no hash, so it is revalidated. */
export function playgroundPage({ files }: Playground): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/playground.html', { cacheControl: noCache, contentSecurityPolicy });
}

/** `GET /playground/settings.json`: the headers that the page fills in. `no-store`, because they may contain a key. */
export function playgroundSettings({ apiKey }: Playground): Handler<HttpEnv> {
  return (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ headers: { 'X-API-Key': apiKey ?? 'YOUR_API_KEY' } });
  };
}

/** `GET /playground/…`: the scripts and styles of the page. Their paths contain a hash of the content, so browsers keep them for a year. */
export function playgroundFile({ files }: Playground): Handler<HttpEnv> {
  return (context) => serveFile(context, files, context.req.path, { cacheControl: immutable, contentSecurityPolicy });
}
