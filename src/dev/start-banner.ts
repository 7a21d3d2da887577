import { devKey } from '../domain/dev-key.ts';
import { getPublicUrl, isLoopback } from './api-address.ts';
import type { Settings } from './dev-settings.ts';

/** Prints one line of progress. */
export function logStep(line: string): void {
  console.log(`  ✓ ${line}`);
}

/** Prints the addresses of the stack, and a command to try. */
export function printBanner({ host, port, variables }: Settings, seeded: boolean, startedAtMs: number): void {
  const url = getPublicUrl(host, port);
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  const playground = variables.ENABLE_PLAYGROUND === 'false' ? '' : `  ${url}/playground   GraphQL, to try\n`;
  console.log(`
Ready after ${seconds} s. Ctrl-C stops it.

  ${url}/             what this is
${playground}  ${url}/docs         every route, to try
  ${url}/health       alive?
  ${url}/ready        Postgres and Redis, too?

Try it:

  curl -X POST ${url}/api/chat/completions \\
    -H "X-API-Key: ${seeded ? devKey : 'YOUR_API_KEY'}" \\
    -H "Content-Type: application/json" \\
    -d '{
      "prompt": "Объясни что такое REST API",
      "provider": "stub"
    }'
`);
  if (!seeded) {
    console.log(`DATABASE_URL leads to another machine, so the public key ${devKey} was not made there.\n`);
  }
  if (seeded && !isLoopback(host)) {
    console.log(`API_HOST is ${host}: whoever reaches this machine can use the key ${devKey}, which is public.\n`);
  }
}
