import type { HttpContext } from '../../http/context.ts';

/** Cloudflare's static assets; absent where none are bound. */
export type StaticFiles = { fetch(url: URL, init: { headers: Headers }): Promise<Response> } | undefined;

interface ServeOptions {
  readonly cacheControl: string;
  readonly contentSecurityPolicy: string;
}

/** For files that never change under their names. */
export const immutable = 'public, max-age=31536000, immutable';
export const noCache = 'no-cache';

/** Serves one of the static assets. */
export async function serveFile(
  context: HttpContext,
  files: StaticFiles,
  path: string,
  { cacheControl, contentSecurityPolicy }: ServeOptions,
): Promise<Response> {
  const headers = new Headers();
  const etag = context.req.header('if-none-match');
  if (etag !== undefined) headers.set('if-none-match', etag);
  const found = await files?.fetch(new URL(path, context.req.url), { headers });
  if (found === undefined || (found.status !== 200 && found.status !== 304)) return await context.notFound();
  const response = new Response(found.body, found);
  response.headers.set('cache-control', cacheControl);
  response.headers.set('content-security-policy', contentSecurityPolicy);
  response.headers.set('referrer-policy', 'no-referrer');
  response.headers.set('x-frame-options', 'DENY');
  return response;
}
