import { GatewayError } from '../../domain/errors.ts';

/** Throws `not_found` for a request that continues a stored response, which Codex answers by sending the whole conversation. */
export function rejectStoredResponses({ previous_response_id: id }: Readonly<Record<string, unknown>>): void {
  if (id === null || id === undefined) return;
  const message =
    "is not found, because responses are not stored for this model's provider: send the whole conversation in input";
  const issue = { path: ['previous_response_id'], message };
  throw new GatewayError('not_found', [issue], { reason: 'previous_response_not_found' });
}
