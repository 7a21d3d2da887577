import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';

/** The page loads nothing but its icon, and its links lead to this origin. Its styles are in the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AI Aggregator</title>
<link rel="icon" href="/favicon.ico" type="image/svg+xml">
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
  h1 { font-size: 1.6rem; line-height: 1.2; }
  h2 { font-size: 1.1rem; margin-top: 2rem; }
  pre { padding: 1rem; overflow-x: auto; border-radius: .5rem; background: color-mix(in srgb, currentColor 8%, transparent); }
  code { font: .875rem/1.5 ui-monospace, monospace; }
  th, td { padding: .15rem 1rem .15rem 0; vertical-align: top; text-align: left; font-weight: normal; }
</style>
</head>
<body>
<main>
<h1>AI Aggregator</h1>
<p>This is an AI gateway: one API key in front of OpenAI, Claude, Ollama and any OpenAI-compatible provider. It streams replies,
enforces limits and budgets, and records every token in one ledger.</p>

<h2>Use it with the client you have</h2>
<table>
  <tr><th>OpenAI clients</th><td>base URL <code>ORIGIN/v1</code></td></tr>
  <tr><th>Anthropic clients, Claude Code</th><td>base URL <code>ORIGIN</code></td></tr>
  <tr><th>Gemini clients, Gemini CLI</th><td>base URL <code>ORIGIN</code></td></tr>
  <tr><th>API key</th><td><code>API_KEY</code></td></tr>
</table>
<pre><code>curl ORIGIN/v1/chat/completions \\
  -H "Authorization: Bearer API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "MODEL", "messages": [{"role": "user", "content": "Hello!"}]}'</code></pre>

<h2>Routes</h2>
<table>
  <tr><td><a href="/docs"><code>/docs</code></a></td><td>every REST route, to read and to call</td></tr>
CONSOLEPLAYGROUND  <tr><td><code>/v1</code></td><td>the routes of OpenAI and Anthropic</td></tr>
  <tr><td><code>/v1beta</code></td><td>the routes of Gemini</td></tr>
  <tr><td><code>/api/chat/completions</code>, <code>/stream</code></td><td>one request, one reply or a stream of events</td></tr>
  <tr><td><code>/api/jobs</code></td><td>requests that run in the background</td></tr>
  <tr><td><code>/graphql</code></td><td>jobs, usage, tenants, keys, limits, prices</td></tr>
  <tr><td><a href="/health"><code>/health</code></a></td><td>200 if the gateway runs</td></tr>
  <tr><td><a href="/ready"><code>/ready</code></a></td><td>200 if its Postgres and Redis answer, too</td></tr>
</table>
</main>
</body>
</html>
`;

const consoleRow =
  '  <tr><td><a href="/console"><code>/console</code></a></td><td>spend, requests, jobs, keys and routes, to see and to run</td></tr>\n';
const playgroundRow =
  '  <tr><td><a href="/playground"><code>/playground</code></a></td><td>GraphQL, to try</td></tr>\n';

interface HomeOptions {
  /** Whether there is a playground, and a console, to link to. */
  readonly playground: boolean;
  readonly console: boolean;
  /** The key of a local gateway. Absent where the gateway is deployed. */
  readonly apiKey: string | undefined;
}

/** `GET /`: a page that says what this is, with a request that works as it stands on a local gateway. */
export function home({ playground, console, apiKey }: HomeOptions): Handler<HttpEnv> {
  const template = page
    .replace('CONSOLE', console ? consoleRow : '')
    .replace('PLAYGROUND', playground ? playgroundRow : '')
    .replaceAll('API_KEY', apiKey ?? 'YOUR_API_KEY')
    // A local gateway has Stub, which needs no provider's key.
    .replace('MODEL', apiKey === undefined ? 'gpt-4o-mini' : 'stub');
  return (context) => {
    const { origin } = new URL(context.req.url);
    context.header('content-security-policy', contentSecurityPolicy);
    context.header('referrer-policy', 'no-referrer');
    context.header('x-frame-options', 'DENY');
    return context.html(template.replaceAll('ORIGIN', encodeURI(origin)));
  };
}
