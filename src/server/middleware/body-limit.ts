import { bodyLimit } from 'hono/body-limit';
import { GatewayError } from '../../domain/errors.ts';

const maxBodyBytes = 10 * 1024 * 1024;

/** Refuses a body of more than 10 MiB before anything else is done for the request. */
export const bodyLimitMiddleware = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw new GatewayError('payload_too_large', 'The request body is larger than 10 MiB.');
  },
});
