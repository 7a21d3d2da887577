import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { newId } from '../../src/domain/ids.ts';
import { parseEnv } from '../../src/env.ts';
import { createServices } from '../../src/services.ts';
import type { UsageRecord } from '../../src/usage/usage-record.ts';
import { principalWith } from '../support/principal.ts';
import './gateway.ts';

test.each(['stub', 'openai', 'claude'])(
  'an unread stream of %s is settled once when it is stopped',
  async (provider) => {
    const { gateway } = createServices(parseEnv(env));
    const records: UsageRecord[] = [];
    const background: Promise<unknown>[] = [];
    const recording = gateway.with({ recordUsage: (settled) => void records.push(...settled.records) });
    const { events, ended } = await recording.stream({
      requestId: newId('req'),
      principal: principalWith({}),
      source: 'stream',
      provider,
      chat: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] },
      signal: new AbortController().signal,
      waitUntil: (work) => void background.push(work),
    });
    expect(records).toEqual([]);
    await events.stop();
    await events.stop();
    expect(records).toMatchObject([{ status: 'client_gone', provider }]);
    expect(await ended).toEqual({ outcome: 'client_disconnected' });
    await Promise.all(background);
  },
);
