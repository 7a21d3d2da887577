import { GatewayError } from '../../../../src/domain/errors.ts';

/** The message of the `invalid_request` that is thrown. */
export function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_request') return error.message;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
