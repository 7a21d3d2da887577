import { GatewayError } from '../../../../src/domain/errors.ts';

/** The message of the `invalid_request` that an attempt ends in; what else comes of it is thrown. */
export function refusalOf(attempt: () => unknown): string {
  let result: unknown;
  try {
    result = attempt();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_request') return error.message;
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(result)}`);
}
