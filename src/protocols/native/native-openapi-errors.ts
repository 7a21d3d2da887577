import * as z from 'zod';
import { component } from '../../build/openapi/components.ts';
import type { ErrorFormat } from '../../build/openapi/error-responses.ts';
import { errorCode, errorMessage, requestId } from '../../build/openapi/error-schemas.ts';
import { limitHeaders } from '../../build/openapi/headers.ts';
import { errorTable } from '../../domain/errors.ts';
import { nativeProtocol } from './native-protocol.ts';

const nativeError = component(
  'Error',
  z.object({ error: z.object({ code: errorCode, message: errorMessage, requestId }) }),
  { description: "An error on the gateway's own routes." },
);

export const nativeErrors: ErrorFormat = {
  name: 'Native',
  schema: nativeError,
  encode: nativeProtocol.errorBody,
  limitHeaders,
  // Final responses are stored under the idempotency key.
  headersOf: (code) => (errorTable[code].status < 500 ? ['Idempotent-Replayed'] : []),
};
