import * as z from 'zod';
import { type ErrorCode, errorTable } from '../../domain/errors.ts';
import { component } from './components.ts';

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

export const requestId = z
  .string()
  .meta({ description: 'The id of the call in the ledger.', examples: ['req_01K9Z3N4V6T8QW2R5Y7B9D1F3H'] });

export const errorMessage = z.string().meta({ description: 'What is wrong: it names the field and the fix.' });

export const errorCode = component('ErrorCode', z.enum(codes), {
  description: `What kind of error it is. ${codes.map((code) => `\`${code}\` ${errorTable[code].status}`).join(', ')}.`,
  examples: ['rate_limited'],
});
