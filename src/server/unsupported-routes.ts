/*
 * Vendors' routes that this gateway does not have, each with what to use instead, so that a client's 404 says more than that a path is
 * unknown. When one of them is supported, remove it here: an entry hides no route, but its text would stay in errors of its subpaths.
 */

/** Routes of vendors' APIs that the gateway does not have. */
interface UnsupportedRoutes {
  /** The first segment below `/v1`, or the first two. Of two entries that fit a path, the one with two segments applies. */
  readonly roots: readonly string[];
  /** Whether they are about objects in a vendor's account, which belongs to the operator. */
  readonly isAccount: boolean;
  /** What to use instead: a sentence that stands at the end of the error. */
  readonly instead: string;
}

const unsupportedRoutes: readonly UnsupportedRoutes[] = [
  {
    roots: ['files', 'uploads'],
    isAccount: true,
    instead:
      'Send a file with the request that needs it: as base64 in a message, or in a form to /v1/audio or /v1/images.',
  },
  { roots: ['batches', 'messages/batches'], isAccount: true, instead: 'Send each request as a job to POST /api/jobs.' },
  {
    roots: ['responses', 'conversations', 'chat/completions'],
    isAccount: true,
    instead: 'Keep the reply, and send the whole conversation with each request.',
  },
  {
    roots: [
      'assistants',
      'threads',
      'agents',
      'chatkit',
      'sessions',
      'environments',
      'deployments',
      'dreams',
      'tunnels',
    ],
    isAccount: true,
    instead: 'Use /v1/chat/completions or /v1/messages with tools that your application runs.',
  },
  {
    roots: ['vector_stores', 'memory_stores', 'containers', 'skills', 'vaults', 'user_profiles'],
    isAccount: true,
    instead: 'Keep your data yourself: /v1/embeddings makes vectors of it, and tools of your own read it.',
  },
  {
    roots: ['fine_tuning', 'fine-tunes', 'evals', 'graders'],
    isAccount: true,
    instead: "Use the vendor's own API for it. A fine-tuned model works here by its name.",
  },
  {
    roots: ['organization', 'organizations', 'webhook_endpoints', 'webhook_event_types'],
    isAccount: true,
    instead: 'GraphQL at /graphql has the tenants, keys, usage and webhooks of this gateway.',
  },
  {
    roots: ['videos', 'audio/voices', 'audio/voice_consents'],
    isAccount: true,
    instead: 'Use /v1/images/generations for pictures, and /v1/audio/speech with a voice of the vendor for audio.',
  },
  {
    roots: ['realtime', 'live'],
    isAccount: false,
    instead: 'Use /v1/audio/transcriptions, /v1/chat/completions with stream, and /v1/audio/speech.',
  },
  { roots: ['rerank', 'reranks'], isAccount: false, instead: 'Compare the vectors of /v1/embeddings.' },
  { roots: ['responses/compact'], isAccount: false, instead: 'Let a model summarise it by /v1/chat/completions.' },
  { roots: ['complete'], isAccount: false, instead: 'Use /v1/messages, or /v1/completions of OpenAI.' },
  {
    roots: ['edits', 'engines', 'answers', 'search', 'classifications'],
    isAccount: false,
    instead: 'Use /v1/chat/completions.',
  },
  {
    roots: ['decisions', 'content_provenance_checks', 'safety'],
    isAccount: false,
    instead: 'Use /v1/moderations.',
  },
];

const routesByRoot = new Map(
  unsupportedRoutes.flatMap((routes) => routes.roots.map((root) => [root, routes] as const)),
);
const deploymentPath = /^\/openai\/deployments\/[^/]+\/(.+)$/;

/** The first segments below `/v1` of what OpenAI's and Anthropic's APIs have and the gateway does not. */
export const unsupportedRoots: readonly string[] = [...routesByRoot.keys()].filter((root) => !root.includes('/'));

const account = " with the operator's key, whose account it would use";

/** What Gemini's API has and the gateway does not: first segments below `/v1beta`, and methods of models. */
const unsupportedGeminiRoutes: ReadonlyMap<string, string> = new Map([
  ...['files', 'cachedContents', 'fileSearchStores', 'corpora'].map((name): [string, string] => [
    name,
    `${account}. Send a file as inlineData, and the whole content with each request.`,
  ]),
  ...['batches', 'batchGenerateContent', 'asyncBatchEmbedContent'].map((name): [string, string] => [
    name,
    `${account}. Send each request as a job to POST /api/jobs.`,
  ]),
  ...['interactions', 'operations', 'tunedModels', 'agents'].map((name): [string, string] => [
    name,
    `${account}. Use generateContent with the whole conversation.`,
  ]),
  ...['predict', 'predictLongRunning', 'generateImages', 'generateVideos'].map((name): [string, string] => [
    name,
    '. Use /v1/images/generations for pictures.',
  ]),
  ...['generateAnswer', 'generateText', 'generateMessage', 'bidiGenerateContent'].map((name): [string, string] => [
    name,
    '. Use generateContent or streamGenerateContent.',
  ]),
]);
const geminiRootPath = /^\/(?:upload\/)?v1beta\/(\w+)(?:\/|$)/;
const geminiMethodPath = /^\/v1beta\/models\/.+:(\w+)$/;

/** Describes why a path of `/v1`, or of an Azure deployment, has no route. Undefined for a path that no such API has. */
export function describeUnsupportedPath(path: string): string | undefined {
  const tail = deploymentPath.exec(path)?.[1];
  if (tail !== undefined) return `is not supported. Send it to /v1/${tail}, with the deployment as model.`;
  const gemini = (geminiMethodPath.exec(path) ?? geminiRootPath.exec(path))?.[1];
  if (gemini !== undefined) {
    const problem = unsupportedGeminiRoutes.get(gemini);
    return problem === undefined ? undefined : `is not supported${problem}`;
  }
  if (!path.startsWith('/v1/')) return undefined;
  const [first = '', second = ''] = path.slice('/v1/'.length).split('/');
  const routes = routesByRoot.get(`${first}/${second}`) ?? routesByRoot.get(first);
  if (!routes) return undefined;
  const why = routes.isAccount ? " with the operator's key, whose account it would use" : '';
  return `is not supported${why}. ${routes.instead}`;
}
