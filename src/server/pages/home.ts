import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';

/** The page loads nothing, and its links lead to this origin. Its styles stand in the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
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
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1.25rem; }
  h1 { font-size: 1.6rem; line-height: 1.2; }
  pre { padding: 1rem; overflow-x: auto; border-radius: .5rem; background: color-mix(in srgb, currentColor 8%, transparent); }
  code { font: .875rem/1.5 ui-monospace, monospace; }
  td { padding: .15rem 1rem .15rem 0; vertical-align: top; }
</style>
</head>
<body>
<h1>AI Aggregator</h1>
<p>One API key in front of OpenAI, Claude, Ollama and any OpenAI-compatible provider. Every token is counted once, in one ledger.</p>
<table>
  <tr><td><code>POST /api/chat/completions</code></td><td>one call, one whole reply</td></tr>
  <tr><td><code>POST /stream</code></td><td>the same as server-sent events</td></tr>
  <tr><td><a href="/docs"><code>GET /docs</code></a></td><td>every route, described</td></tr>
PLAYGROUND  <tr><td><a href="/health"><code>GET /health</code></a></td><td>the gateway runs</td></tr>
  <tr><td><a href="/ready"><code>GET /ready</code></a></td><td>the gateway and what it needs run</td></tr>
</table>
<pre><code>curl -X POST ORIGIN/api/chat/completions \\
  -H "X-API-Key: YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"prompt": "Hello!"}'</code></pre>
</body>
</html>
`;

const playgroundRow =
  '  <tr><td><a href="/playground"><code>GET /playground</code></a></td><td>GraphQL, to try</td></tr>\n';

/** `GET /`: a page that says what this is and links on. */
export function home({ playground }: { playground: boolean }): Handler<HttpEnv> {
  const known = page.replace('PLAYGROUND', playground ? playgroundRow : '');
  return (context) => {
    const { origin } = new URL(context.req.url);
    context.header('content-security-policy', contentSecurityPolicy);
    context.header('referrer-policy', 'no-referrer');
    context.header('x-frame-options', 'DENY');
    return context.html(known.replace('ORIGIN', encodeURI(origin)));
  };
}
