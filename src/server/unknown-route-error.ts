import { GatewayError } from '../domain/errors.ts';
import { didYouMean } from '../lib/suggest-name.ts';

/** A route of the app, as Hono lists it: `/api/jobs/:id`, `/docs/*`. */
interface Route {
  readonly method: string;
  readonly path: string;
}

/** Parts of OpenAI's and Anthropic's APIs that clients ask for and that the gateway does not have. */
const unsupportedPaths =
  /^\/v1\/(?:completions|moderations|images|audio|files|uploads|batches|fine_tuning|assistants|threads|realtime|vector_stores|containers|conversations|videos|evals|messages\/batches|skills)(?:\/|$)/;

/**
 * Creates the error of a request that no route has: `method_not_allowed` where its path has other methods, else `not_found`, which
 * names the nearest path.
 */
export function unknownRouteError(
  { method, path }: { readonly method: string; readonly path: string },
  routes: readonly Route[],
): GatewayError {
  // Middleware is listed as a route of all methods.
  const ownRoutes = routes.filter((route) => route.method !== 'ALL');
  const methods = new Set(ownRoutes.filter((route) => matchesPath(route.path, path)).map((route) => route.method));
  const shown = shortenPath(path);
  const isMissing = methods.has(method === 'HEAD' ? 'GET' : method);
  if (methods.size > 0 && !isMissing) {
    const allowedMethods = [...methods].flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
    const message = `${shown} does not have ${method}: use ${[...methods].join(' or ')}.`;
    return new GatewayError('method_not_allowed', message, { allowedMethods });
  }
  const paths = [...new Set(ownRoutes.map((route) => route.path))];
  if (unsupportedPaths.test(path)) {
    const supported = paths.filter((route) => route.startsWith('/v1/') && !route.endsWith('*')).join(', ');
    return new GatewayError('not_found', `${method} ${shown} is not supported. The routes under /v1 are ${supported}.`);
  }
  const hint = suggestPath(path, paths);
  return new GatewayError('not_found', `There is no ${method} ${shown} here${hint || '.'}`);
}

/** Suggests the path that a base URL with too much or too little of `/v1` has missed, else the most similar one. */
function suggestPath(path: string, paths: readonly string[]): string {
  const collapsed = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  const withoutPrefix = collapsed.replace(/^(?:\/openai)?(?:\/v1)+(?=\/)/, '').replace(/^\/openai(?=\/)/, '');
  const meant = [collapsed, `/v1${withoutPrefix}`].find((guess) =>
    paths.some((route) => matchesPath(route, guess) && !route.endsWith('*')),
  );
  if (meant !== undefined && meant !== path) return `: did you mean ${shortenPath(meant)}?`;
  return didYouMean(
    collapsed,
    paths.filter((route) => !/[:*]/.test(route)),
  );
}

function matchesPath(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const pathParts = path.split('/');
  if (parts.at(-1) !== '*' && parts.length !== pathParts.length) return false;
  return parts.every((part, index) => part === '*' || part.startsWith(':') || part === pathParts[index]);
}

/** A long part of a path may be a key that was pasted into the wrong place. */
function shortenPath(path: string): string {
  return path.slice(0, 200).replace(/[^/]{25,}/g, '…');
}
