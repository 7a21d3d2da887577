import { expect, test } from 'vitest';
import { newWebhookSecret } from '../../../src/webhooks/new-webhook-secret.ts';

test('a secret is 32 bytes in base64 behind its prefix, and never the same', () => {
  const secrets = Array.from({ length: 100 }, newWebhookSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_/);
    expect(atob(secret.slice('whsec_'.length))).toHaveLength(32);
  }
});
