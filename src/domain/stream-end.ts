import type { GatewayError } from './errors.ts';

/** How a streamed response ended. */
export type StreamEnd =
  | { readonly outcome: 'completed' }
  | { readonly outcome: 'failed'; readonly error: GatewayError }
  | { readonly outcome: 'client_disconnected' };
