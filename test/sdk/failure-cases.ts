import { expect } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import type { Cell } from './matrix-case.ts';
import type { SdkClient, Target } from './normal-form.ts';
import type { Case } from './reply-cases.ts';

/** Keys of the gateway's that are refused. */
export interface FailingKeys {
  /** May not chat. */
  readonly readOnly: string;
  /** May spend one token a minute. */
  readonly spent: string;
}

/** That a call fails with one class of error, and that the client did not try more often than it should. */
async function expectError(
  cell: Cell,
  status: Exclude<keyof SdkClient['errors'], string>,
  { text = 'Hi', attempts = 1, ...target }: Partial<Target> & { text?: string; attempts?: number } = {},
): Promise<void> {
  const error = await cell.say(text, target).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(cell.client.errors[status]);
  expect(error).toMatchObject({ status, message: expect.stringMatching(/\w/) });
  expect(cell.requests).toBe(attempts);
}

function failing(name: string, run: (cell: Cell) => Promise<void>): Case {
  return {
    name,
    run: async (cell) => {
      await run(cell);
      return undefined;
    },
  };
}

/** Ways to fail that the providers have, and how Stub is brought to the same. */
function failure(cell: Cell, scenario: string, stubModel: string): { text?: string; model?: string } {
  return cell.provider.isStub ? { model: stubModel } : { text: `[[scenario:${scenario}]] Hi` };
}

export function failureCases(keys: FailingKeys): readonly Case[] {
  return [
    failing('400', async (cell) => {
      const error = await cell
        .ask({ turns: [{ role: 'user', text: 'Hi' }], maxTokens: 0 }, { retries: 2 })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(cell.client.errors[400]);
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining('max_tokens') });
      expect(cell.requests).toBe(1);
    }),
    failing('401', (cell) => expectError(cell, 401, { key: 'wrong-key', retries: 2 })),
    failing('403', (cell) => expectError(cell, 403, { key: keys.readOnly, retries: 2 })),
    failing('404', (cell) => expectError(cell, 404, { model: cell.provider.unknownModel, retries: 2 })),
    failing('429', async (cell) => {
      // Now and then a minute begins, in which one call of all is let in.
      let answer: unknown;
      for (let tries = 0; tries < 5 && !(answer instanceof Error); tries += 1) {
        answer = await cell.say('Hi', { key: keys.spent }).catch((thrown: unknown) => thrown);
      }
      expect(answer).toBeInstanceOf(cell.client.errors[429]);
      expect(answer).toMatchObject({ status: 429, message: expect.stringMatching(/\w/) });
    }),
    failing('5xx', (cell) => expectError(cell, 502, failure(cell, 'status code=500', 'stub-error'))),
    failing('cut off', async (cell) => {
      const { text = 'Tell me a longer story.', ...target } = failure(cell, 'cut', 'stub-cut');
      const error = await cell.say(text, target).catch((thrown: unknown) => thrown);
      // In a stream it is the protocol's own error event.
      expect(error).toBeInstanceOf(cell.client.errors[cell.stream ? 'api' : 502]);
      expect(error).not.toBeInstanceOf(cell.client.errors.connection);
    }),
    failing('retries after 5xx', async (cell) => {
      if (cell.provider.isStub) return await expectError(cell, 502, { model: 'stub-error', retries: 1, attempts: 2 });
      await expectRetry(cell, 'code=503');
    }),
    failing('retries after 429', async (cell) => {
      if (!cell.provider.isStub) await expectRetry(cell, 'code=429 retryAfter=1');
    }),
    failing('no vain retries', async (cell) => {
      // The gateway's own credentials are refused: no client can help that.
      if (!cell.provider.isStub) await expectError(cell, 502, { text: '[[scenario:status code=401]] Hi', retries: 2 });
    }),
    failing('abort', runAbort),
  ];
}

async function expectRetry(cell: Cell, failsWith: string): Promise<void> {
  const text = `[[scenario:flaky,echo times=1 mark=${cell.mark} ${failsWith}]] Here again.`;
  expect(await cell.say(text, { retries: 2 })).toMatchObject({ text: 'Here again.', finish: 'stop' });
  expect(cell.requests).toBe(2);
  expect(await cell.seen()).toHaveLength(2);
}

const patient = { intervalMs: 200 };

/**
 * The client leaves in the middle, and the gateway ends its call to the provider: at once where a stream flows; where nothing
 * has come yet when its time is up, for `npm run dev` hears of no client that leaves before the first byte.
 */
async function runAbort(cell: Cell): Promise<void> {
  const leave = new AbortController();
  const scenario = cell.stream ? 'paced chunks=1000 ms=20' : 'silence';
  const { text = 'Hi', ...target } = failure(cell, scenario, 'stub-slow');
  const reply = cell.say(text, { ...target, signal: leave.signal, onText: () => leave.abort() });
  if (!cell.stream) {
    await waitFor(async () => expect(cell.provider.isStub || (await cell.seen()).length > 0).toBe(true), patient);
    leave.abort();
  }
  await expect(reply).rejects.toBeInstanceOf(cell.client.errors.abort);
  if (cell.provider.isStub) return;
  await waitFor(async () => expect(await cell.seen()).toMatchObject([{ aborted: true }]), patient);
}
