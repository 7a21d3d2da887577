import type { StreamEvent } from '../domain/response.ts';
import type { GatewayResult } from './gateway-request.ts';

/** A provider's event; in place of `finish`, the result of the request. */
export type ChatStreamEvent =
  | Exclude<StreamEvent, { type: 'finish' }>
  | { readonly type: 'done'; readonly result: GatewayResult };
