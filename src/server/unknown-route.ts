import { GatewayError } from '../domain/errors.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import { describeUnsupportedPath } from './unsupported-routes.ts';

/** A route of the app, as Hono lists it: `/api/jobs/:id`, `/docs/*`. */
interface Route {
  readonly method: string;
  readonly path: string;
}

interface UnknownRequest {
  readonly method: string;
  readonly path: string;
}

const geminiMethodPath = /^\/v1beta\/models\/.+:\w+$/;

/** Returns what `Allow` says of a path. Empty: no route has the path. */
export function findAllowedMethods(routes: readonly Route[], path: string): string[] {
  const methods = findMethods(routes, path);
  if (methods.length === 0) return [];
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'];
}

/**
 * Creates the error of a request that no route has: `method_not_allowed` where its path has other methods, else `not_found`, which
 * names the nearest path.
 */
export function unknownRouteError({ method, path }: UnknownRequest, routes: readonly Route[]): GatewayError {
  // A path of a model has the list's route too, and tells by its end what is asked of the model.
  const methods = method === 'POST' && geminiMethodPath.test(path) ? [] : findMethods(routes, path);
  const displayedPath = shortenPath(path);
  const isMissing = methods.includes(method === 'HEAD' ? 'GET' : method);
  if (methods.length > 0 && !isMissing) {
    const message = `${displayedPath} does not have ${method}: use ${methods.join(' or ')}.`;
    return new GatewayError('method_not_allowed', message, { allowedMethods: findAllowedMethods(routes, path) });
  }
  const paths = [...new Set(ownRoutes(routes).map((route) => route.path))];
  const unsupported = describeUnsupportedPath(path);
  if (unsupported !== undefined) return new GatewayError('not_found', `${method} ${displayedPath} ${unsupported}`);
  const hint = suggestPath(path, paths);
  return new GatewayError('not_found', `There is no ${method} ${displayedPath} here${hint || '.'}`);
}

/** Suggests the path that an unknown base URL stands before, else the most similar one. */
function suggestPath(path: string, paths: readonly string[]): string {
  const tail = path.slice(Math.max(0, path.lastIndexOf('/v1/')));
  if (tail !== path && paths.some((route) => matchesPath(route, tail) && !route.endsWith('*'))) {
    return `: did you mean ${shortenPath(tail)}?`;
  }
  return didYouMean(
    path,
    paths.filter((route) => !/[:*]/.test(route)),
  );
}

function findMethods(routes: readonly Route[], path: string): string[] {
  return [...new Set(ownRoutes(routes).flatMap((route) => (matchesPath(route.path, path) ? [route.method] : [])))];
}

/** Middleware is listed as a route of all methods. */
function ownRoutes(routes: readonly Route[]): Route[] {
  return routes.filter((route) => route.method !== 'ALL');
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
