import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';
import { immutable, noCache, type StaticFiles, serveFile } from './static-file.ts';

/**
 * The page loads from and sends to this gateway only, because a user types an API key into it. Swagger UI needs no more than this:
 * its styles are in its style sheet, and its icons are `data:` URLs. If an upgrade needs more, add the one source that it needs.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /docs`: the reference of the API, a static page that src/build/build-docs.ts builds. Its name has no hash, so it is revalidated. */
export function docsPage(files: StaticFiles): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/docs.html', { cacheControl: noCache, contentSecurityPolicy });
}

/**
 * `GET /docs/settings.json`: the key that the page fills in. `apiKey` is the public dev key of a local gateway. A deployed gateway must
 * pass undefined, because the route itself needs no key. `no-store`, because the response contains a key.
 */
export function docsSettings(apiKey: string | undefined): Handler<HttpEnv> {
  return (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ apiKey });
  };
}

/** `GET /docs/…`: the scripts and styles of the page. Their paths contain a hash of the content, so browsers keep them for a year. */
export function docsFile(files: StaticFiles): Handler<HttpEnv> {
  return (context) => serveFile(context, files, context.req.path, { cacheControl: immutable, contentSecurityPolicy });
}

/** `GET /openapi.json`: the document that the page shows, and that generators of clients read. */
export function openApiDocument(files: StaticFiles): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/openapi.json', { cacheControl: noCache, contentSecurityPolicy });
}
