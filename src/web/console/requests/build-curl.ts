import { quoteShell } from '../app/quote-shell.ts';
import { toJobBody } from './job-body.ts';

interface CurlRequest {
  /** Of the gateway. */
  readonly origin: string;
  /** The path of the route, as the log has it: `/v1beta/models/:generateContent`. */
  readonly path: string;
  /** The route or the model that the request named. */
  readonly model: string | null;
  /** The whole kept request. Null: a minimal one is made up. */
  readonly body: string | null;
}

const messages = [{ role: 'user', content: 'Hello' }];
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];

/** The fields of minimal bodies beside the model. Absent: `messages`. */
const minimalFields: readonly (readonly [path: RegExp, fields: object])[] = [
  [/^\/v1\/messages$/, { max_tokens: 1024, messages }],
  [/^\/v1\/(?:completions|images\/generations)$/, { prompt: 'Hello' }],
  [/^\/v1\/audio\/speech$/, { input: 'Hello', voice: 'alloy' }],
  [/^\/v1\/(?:responses|embeddings|moderations)|\/embeddings$|^\/api\/jobs$/, { input: 'Hello' }],
];

/** Routes that take a form, and the field of its file. */
const formFiles: readonly (readonly [path: RegExp, field: string])[] = [
  [/^\/v1\/images\/(?:edits|variations)$/, 'image=@image.png'],
  [/^\/v1\/audio\/trans/, 'file=@audio.mp3'],
];

/** Builds the command that sends a request again. The API key comes from the environment variable GATEWAY_API_KEY. */
export function buildCurl({ origin, path, model, body }: CurlRequest): string {
  // A job of GraphQL is made by another path too.
  const routePath = path === '/graphql' ? '/api/jobs' : path;
  const keptBody = body !== null && routePath === '/api/jobs' ? toJobBody(body, model) : body;
  const file = formFiles.find(([pattern]) => pattern.test(routePath))?.[1];
  return [
    `curl --request POST ${quoteShell(`${origin}${fillPath(routePath, model)}`)}`,
    '--header "Authorization: Bearer $GATEWAY_API_KEY"',
    ...(file === undefined
      ? [
          `--header ${quoteShell('content-type: application/json')}`,
          `--data-raw ${quoteShell(keptBody ?? buildMinimalBody(routePath, model))}`,
        ]
      : [`--form ${quoteShell(`model=${model ?? ''}`)}`, `--form ${quoteShell(file)}`]),
  ].join(' \\\n  ');
}

/** Puts the model into a path that has it: `/v1beta/models/:generateContent`, `/openai/deployments/:model/embeddings`. */
function fillPath(path: string, model: string | null): string {
  const name = encodeURI(model ?? 'MODEL');
  return path.replace('/:model', () => `/${name}`).replace(/\/(:\w+)$/, (_, method) => `/${name}${method}`);
}

function buildMinimalBody(path: string, model: string | null): string {
  if (path.startsWith('/v1beta/')) {
    return JSON.stringify(/embed/i.test(path) ? { content: contents[0] } : { contents });
  }
  const fields = minimalFields.find(([pattern]) => pattern.test(path))?.[1] ?? { messages };
  return JSON.stringify({ ...(model !== null && { model }), ...fields });
}

/** Whether a conversation was sent to this path, which the playground can send again. */
export function isChatPath(path: string): boolean {
  return /^\/(?:v1\/(?:messages|responses)|stream)$|\/chat\/completions$|:(?:streamG|g)enerateContent$/.test(path);
}
