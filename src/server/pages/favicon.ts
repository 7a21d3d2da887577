import type { Handler } from 'hono';
import type { HttpEnv } from '../../http/context.ts';

/** Several lines that lead into one. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#1f3a5f"/>
<path d="M5 8c8 0 6 8 13 8M5 16h13M5 24c8 0 6-8 13-8" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/>
<circle cx="23" cy="16" r="4" fill="#ffb347"/>
</svg>
`;

/** `GET /favicon.ico`: the icon of all pages, as SVG. Browsers ask for this path by themselves. */
export const favicon: Handler<HttpEnv> = (context) => {
  context.header('cache-control', 'public, max-age=86400');
  return context.body(icon, 200, { 'content-type': 'image/svg+xml' });
};
