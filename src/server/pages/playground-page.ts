import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';
import { immutable, noCache, type StaticFiles, serveFile } from './static-file.ts';

/** Where the playground is on. */
export interface Playground {
  readonly files: StaticFiles;
  /** Filled in on the page. */
  readonly apiKey: string | undefined;
}

/**
 * Nothing from elsewhere, and no call to elsewhere. The editor writes its own styles into the page, and its style sheet
 * holds its fonts.
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

/** `GET /playground`: the page on which GraphQL can be tried. */
export function playgroundPage({ files }: Playground): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/playground.html', { cacheControl: noCache, contentSecurityPolicy });
}

/** `GET /playground/settings.json`: what the page fills in by itself. */
export function playgroundSettings({ apiKey }: Playground): Handler<HttpEnv> {
  return (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ headers: { 'X-API-Key': apiKey ?? 'YOUR_API_KEY' } });
  };
}

/** `GET /playground/…`: what the page loads. Such a file never changes under its name. */
export function playgroundFile({ files }: Playground): Handler<HttpEnv> {
  return (context) => serveFile(context, files, context.req.path, { cacheControl: immutable, contentSecurityPolicy });
}
