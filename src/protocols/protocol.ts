import type { HttpContext } from '../http/context.ts';

/** Whose protocol a client speaks: the house's own, or one that it has brought. */
export type ClientProtocol = 'native' | 'openai' | 'anthropic';

/** By the route; both vendors list their models at the same path, and Anthropic's clients say which version they speak. */
export function clientProtocol({ req }: HttpContext): ClientProtocol {
  const { path } = req;
  if (!path.startsWith('/v1/')) return 'native';
  if (path.startsWith('/v1/messages')) return 'anthropic';
  return req.header('anthropic-version') === undefined ? 'openai' : 'anthropic';
}
