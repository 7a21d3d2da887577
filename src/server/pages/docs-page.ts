import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';
import { immutable, noCache, type StaticFiles, serveFile } from './static-file.ts';

/** Nothing from elsewhere, and no call to elsewhere. Swagger UI's styles are in its style sheet, and so are its icons. */
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

/** `GET /docs`: the reference of the API. */
export function docsPage(files: StaticFiles): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/docs.html', { cacheControl: noCache, contentSecurityPolicy });
}

/** `GET /docs/settings.json`: the key that the page fills in; absent where the gateway is deployed. */
export function docsSettings(apiKey: string | undefined): Handler<HttpEnv> {
  return (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ apiKey });
  };
}

/** `GET /docs/…`: what the page loads. */
export function docsFile(files: StaticFiles): Handler<HttpEnv> {
  return (context) => serveFile(context, files, context.req.path, { cacheControl: immutable, contentSecurityPolicy });
}

/** `GET /openapi.json`: the document that the page shows. */
export function openApiDocument(files: StaticFiles): Handler<HttpEnv> {
  return (context) => serveFile(context, files, '/openapi.json', { cacheControl: noCache, contentSecurityPolicy });
}
