import type { ProtocolRoute } from '../../../../src/protocols/protocol-route.ts';
import { geminiCountTokens } from './gemini-count-tokens-route.ts';

/** The routes of Gemini's clients. */
export function geminiRoutes(): readonly ProtocolRoute[] {
  const path = '/v1beta/models/:call{.+:countTokens}';
  return [{ method: 'POST', path, scopes: ['chat'], handler: geminiCountTokens }];
}
