import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { newWebhookSecret } from '../../../src/webhooks/new-webhook-secret.ts';
import { signWebhook } from '../../../src/webhooks/sign-webhook.ts';

const body = '{"type":"job.completed"}';

it('signs with each secret, so that a receiver can verify with any of them', () => {
  const secrets = [newWebhookSecret(), newWebhookSecret()];
  const headers = signWebhook({ id: 'whd_1', body, sentAtMs: Date.now() }, secrets);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow();
});

it('has the id and the time of the attempt in whole seconds', () => {
  const headers = signWebhook({ id: 'whd_1', body, sentAtMs: 1_999 }, [newWebhookSecret()]);
  expect(headers).toMatchObject({ 'webhook-id': 'whd_1', 'webhook-timestamp': '1' });
});
