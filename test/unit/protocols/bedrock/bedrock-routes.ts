import type { ProtocolRoute } from '../../../../src/protocols/protocol-route.ts';
import { bedrockCountTokens } from './bedrock-count-tokens-route.ts';

/** The routes of Amazon Bedrock's clients. */
export function bedrockRoutes(): readonly ProtocolRoute[] {
  const path = '/model/:model/count-tokens';
  return [{ method: 'POST', path, scopes: ['chat'], handler: bedrockCountTokens }];
}
