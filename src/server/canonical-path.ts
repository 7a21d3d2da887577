import { getPath } from 'hono/utils/url';

/** Whole segments that base URLs have too many or too few of before a path of `/v1`. */
const basePrefix = /^(?:\/(?:v1|openai)(?=\/|$))+/;
const deployments = '/deployments/';
const deploymentRoute = '/openai/deployments/:model';

/**
 * Creates the function that reads the path of a request for Hono. Routes, guards and logs see this path alone, so an alias cannot
 * have other guards than its route. `routePaths` are those of the client protocols, and `otherRoots` first segments below `/v1`
 * that have no route: their errors have the shape of `/v1`.
 *
 * Slashes are collapsed and a trailing one is left out. `/chat/completions`, `/v1/v1/chat/completions` and
 * `/openai/v1/chat/completions` are `/v1/chat/completions`. The path of an Azure deployment is `/openai/deployments/{model}/…`, with
 * the model in one segment.
 */
export function createPathReader(
  routePaths: readonly string[],
  otherRoots: readonly string[],
): (request: Request) => string {
  const roots = new Set(otherRoots);
  for (const path of routePaths) if (path.startsWith('/v1/')) roots.add(path.split('/', 3)[2] ?? '');
  const deploymentTails = routePaths
    .filter((path) => path.startsWith(deploymentRoute))
    .map((path) => path.slice(deploymentRoute.length));
  return (request) => {
    const path = collapseSlashes(getPath(request));
    const tail = path.replace(basePrefix, '');
    if (tail.startsWith(deployments)) return `/openai${joinModel(tail, deploymentTails)}`;
    const hasPrefix = tail.length < path.length;
    return hasPrefix || roots.has(tail.split('/', 2)[1] ?? '') ? `/v1${tail}` : path;
  };
}

function collapseSlashes(path: string): string {
  const collapsed = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  return collapsed.length > 1 && collapsed.endsWith('/') ? collapsed.slice(0, -1) : collapsed;
}

/** Encodes the slashes of a model's name, which some clients of Azure send as they are: `claude/claude-haiku-4-5`. */
function joinModel(path: string, tails: readonly string[]): string {
  const tail = tails.find((candidate) => path.endsWith(candidate));
  const model = tail === undefined ? '' : path.slice(deployments.length, -tail.length);
  return model === '' ? path : `${deployments}${model.replaceAll('/', '%2F')}${tail}`;
}
