import { GatewayError } from '../domain/errors.ts';
import type { UpstreamRequest } from './provider.ts';

/** Returns a body that is JSON. Throws `internal` for a form, which only endpoints of OpenAI's protocol take. */
export function asJsonText(body: UpstreamRequest['body']): string {
  if (typeof body === 'string') return body;
  throw new GatewayError('internal');
}
