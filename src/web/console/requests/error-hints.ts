/** What a client can do about each error code: the last column of docs/reference/errors.md. */
export const errorHints: ReadonlyMap<string, string> = new Map([
  ['invalid_request', 'Fix the field that the message names.'],
  ['unauthorized', "Send the gateway's API key (aia_…)."],
  ['budget_exceeded', 'Wait for the next period, lower the maximum of output tokens, or set a price for the model.'],
  ['forbidden', 'Use an API key with the scope, provider or model that the message names.'],
  ['not_found', 'The message names the nearest route or model, or what to use instead.'],
  ['method_not_allowed', 'Use a method that the route has: the header Allow lists them.'],
  ['conflict', 'Read the job, or retry later.'],
  ['payload_too_large', 'Send less.'],
  ['unsupported_media_type', 'Send the body uncompressed.'],
  ['unprocessable', 'Use a new idempotency key.'],
  ['upgrade_required', 'Send Upgrade: websocket, or a POST request.'],
  ['rate_limited', 'Wait for the seconds in retry-after.'],
  ['internal', 'Retry, and report the id of the request.'],
  ['provider_error', 'Retry, or use another provider.'],
  ['unavailable', 'Wait for the seconds in retry-after.'],
  ['provider_timeout', 'Retry, or raise the time-out.'],
]);
