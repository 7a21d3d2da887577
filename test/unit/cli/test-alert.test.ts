import { spawnSync } from 'node:child_process';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testAlert } from '../../../src/cli/test-alert.ts';
import { newWebhookSecret } from '../../../src/webhooks/new-webhook-secret.ts';
import { findFreePort } from '../../support/free-port.ts';
import { type ReceivedWebhook, startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

const secret = newWebhookSecret();
let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
});
afterAll(() => receiver.close());

const test = (url: string) =>
  testAlert({ variables: { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret }, timeoutMs: 500 });

describe('test-alert', () => {
  it('sends a signed event, and says what came back', async () => {
    const shown = await test(`${receiver.url}/ok/operator`);
    const { host } = new URL(receiver.url);
    const [accepted, warning] = shown.split('\n');
    expect(accepted).toMatch(
      new RegExp(
        String.raw`^${host} accepted alert\.test \(whd_\w{32}\) with status 200 after \d+ ms\. It said: what a receiver writes$`,
      ),
    );
    expect(warning).toBe('A deployed gateway refuses this URL: ALERT_WEBHOOK_URL must be an absolute https:// URL.');
    const response = await fetch(`${receiver.url}/_seen?path=/ok/operator`);
    const [webhook = expect.fail()] = (await response.json()) as ReceivedWebhook[];
    expect(new Webhook(secret).verify(webhook.body, webhook.headers)).toMatchObject({
      type: 'alert.test',
      id: webhook.headers['webhook-id'],
    });
    expect(webhook.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'ai-aggregator-webhooks/1',
    });
    expect(shown).not.toContain(secret);
  });

  it.each([
    ['status/400', 'refused alert.test with status 400: check that it verifies with ALERT_WEBHOOK_SECRET'],
    ['status/404', 'refused alert.test with status 404: check the path of ALERT_WEBHOOK_URL'],
    ['status/410', 'refused alert.test with status 410: with 410 a receiver ends a delivery for good'],
    ['status/500', 'refused alert.test with status 500: look at its log. A delivery is retried'],
    ['redirect', 'redirects are not followed, so ALERT_WEBHOOK_URL has to be the final address (/ok/redirected'],
    ['slow', 'did not answer within 0.5 s'],
  ])('says what to fix where the receiver answers as %s', async (kind, message) => {
    await expect(test(`${receiver.url}/${kind}/operator`)).rejects.toThrow(message);
  });

  it('says that nothing listens', async () => {
    const port = await findFreePort();
    await expect(test(`http://127.0.0.1:${port}/`)).rejects.toThrow(
      `127.0.0.1:${port} could not be reached (ECONNREFUSED): nothing listens there`,
    );
  });

  it('says which variables to set', async () => {
    await expect(testAlert({ variables: {} })).rejects.toThrow(
      'There is no webhook for alerts: set ALERT_WEBHOOK_SECRET and ALERT_WEBHOOK_URL.',
    );
    const { status, stderr } = spawnSync(process.execPath, ['src/cli/admin.ts', 'test-alert'], {
      env: { PATH: process.env.PATH, ALERT_WEBHOOK_URL: 'https://hooks.example.com/operator' },
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('ALERT_WEBHOOK_SECRET must be set with ALERT_WEBHOOK_URL: it must be whsec_');
  });
});
