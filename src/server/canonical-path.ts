import { getPath } from 'hono/utils/url';

/**
 * Clients append a path to a base URL that their user has configured, and users write it with `/v1`, without, twice, or as other
 * gateways have it. These are the whole segments that may stand before a path of `/v1`.
 */
const basePrefix = /^(?:\/(?:v1|openai)(?=\/|$))+/;
const deploymentsSegment = '/deployments/';
/** The beginning of the routes for Azure's clients, as Hono has it. */
const deploymentRoute = '/openai/deployments/:model';
/** The segments that may stand before a path of Gemini's clients. */
const geminiPrefix = /^(?:\/(?:v1|v1alpha|v1beta|v1beta1|openai)(?=\/))*/;
/** A prefix whose last segment is a version of Gemini's API that no other API has. */
const geminiVersion = /\/v1(?:alpha|beta1?)$/;
const geminiModels = /^\/(?:models|tunedModels)(?=\/|$)/;
/** Where Google serves OpenAI's protocol. */
const googleOpenAiPrefix = '/v1beta/openai/';
/** A route for a method of Gemini's models, as Hono has it: `/v1beta/models/:call{.+:generateContent}`. */
const geminiRoute = /^\/v1beta\/models\/:\w+\{\.\+:(\w+)\}$/;

/**
 * Creates the function that reads the path of a request for Hono: the canonical path of any spelling. Routes, guards and logs see
 * this path alone, so an alias cannot have other guards than its route. `routePaths` are those of the client protocols, and
 * `otherRoots` first segments below `/v1` that have no route: their errors have the shape of `/v1`. A new spelling may be added; one
 * that works stays, because clients are configured with it. Any other path is returned as it is, with single slashes. It
 * is called for each request, so it is part of the hot path.
 *
 * Slashes are collapsed and a trailing one is left out. `/chat/completions`, `/v1/v1/chat/completions` and
 * `/openai/v1/chat/completions` are `/v1/chat/completions`. The path of an Azure deployment is `/openai/deployments/{model}/…`, with
 * the model in one segment.
 *
 * `/models/{model}:generateContent` and the other methods of Gemini's API are below `/v1beta` for any version, a missing or a doubled
 * one. Its list of models is OpenAI's below `/v1`. `/v1beta/openai`, where Google speaks OpenAI's protocol, is `/v1`.
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
  const geminiMethods = new Set(routePaths.flatMap((path) => geminiRoute.exec(path)?.[1] ?? []));
  return (request) => {
    const requested = collapseSlashes(getPath(request));
    const geminiPath = geminiMethods.size > 0 ? readGeminiPath(requested, geminiMethods) : undefined;
    if (geminiPath !== undefined) return geminiPath;
    const path = requested.startsWith(googleOpenAiPrefix) ? requested.slice('/v1beta'.length) : requested;
    const tail = path.replace(basePrefix, '');
    if (tail.startsWith(deploymentsSegment)) return `/openai${joinModel(tail, deploymentTails)}`;
    const hasPrefix = tail.length < path.length;
    return hasPrefix || roots.has(tail.split('/', 2)[1] ?? '') ? `/v1${tail}` : path;
  };
}

/**
 * Returns the canonical path of a request of Gemini's clients, whose method may follow an encoded colon. Returns undefined for a path
 * of another protocol: `/v1/models` without a method is OpenAI's list, unless a version of Gemini's own stands before it.
 */
function readGeminiPath(path: string, methods: ReadonlySet<string>): string | undefined {
  const [prefix = ''] = geminiPrefix.exec(path) ?? [];
  const tail = path.slice(prefix.length);
  if (!geminiModels.test(tail)) return undefined;
  const models = tail.replace(geminiModels, '/models');
  const end = /(?::|%3A)(\w{1,40})$/i.exec(models);
  const method = end?.[1];
  if (method !== undefined && methods.has(method)) return `/v1beta${models.slice(0, end?.index)}:${method}`;
  return geminiVersion.test(prefix) ? `/v1beta${models}` : undefined;
}

/** Most paths need no change: the test for it is cheaper than the replacement. */
function collapseSlashes(path: string): string {
  const collapsed = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  return collapsed.length > 1 && collapsed.endsWith('/') ? collapsed.slice(0, -1) : collapsed;
}

/** Encodes the slashes of a model's name, which some clients of Azure send as they are: `claude/claude-haiku-4-5`. */
function joinModel(path: string, tails: readonly string[]): string {
  const tail = tails.find((candidate) => path.endsWith(candidate));
  const model = tail === undefined ? '' : path.slice(deploymentsSegment.length, -tail.length);
  return model === '' ? path : `${deploymentsSegment}${model.replaceAll('/', '%2F')}${tail}`;
}
