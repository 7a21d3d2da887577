import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../env.ts';
import { loadRoutesFile } from './load-routes-file.ts';

/*
 * A part of `npm run deploy`: a Worker with a wrong routes.json answers no request. Which providers the deployed Worker knows
 * is not known here.
 */

try {
  loadRoutesFile(fileURLToPath(new URL('../../routes.json', import.meta.url)), undefined);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
