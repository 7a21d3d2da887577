import { expect } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import type { MatrixCase } from './matrix-case.ts';
import type { SdkClient, Target } from './normal-form.ts';
import type { Case } from './reply-cases.ts';

/** Gateway keys that are rejected or limited. */
export interface FailingKeys {
  /** Lacks the scope for chat. */
  readonly readOnly: string;
  /** Is limited to one token per minute. */
  readonly spent: string;
}

/** Checks the error class of a failed call, and the number of attempts by the client. */
async function expectError(
  matrixCase: MatrixCase,
  status: Exclude<keyof SdkClient['errors'], string>,
  { text = 'Hi', attempts = 1, ...target }: Partial<Target> & { text?: string; attempts?: number } = {},
): Promise<void> {
  const error = await matrixCase.sendText(text, target).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(matrixCase.client.errors[status]);
  expect(error).toMatchObject({ status, message: expect.stringMatching(/\w/) });
  expect(matrixCase.requests).toBe(attempts);
}

function failureCase(name: string, run: (matrixCase: MatrixCase) => Promise<void>): Case {
  return {
    name,
    run: async (matrixCase) => {
      await run(matrixCase);
      return undefined;
    },
  };
}

/** Returns the status for a provider fault: the provider's status if it has the client's protocol. */
function faultStatus(matrixCase: MatrixCase): 500 | 502 {
  return matrixCase.isPassedThrough ? 500 : 502;
}

/** Returns the status for an unknown model: OpenAI's Responses have 400 for it. */
function unknownModelStatus(matrixCase: MatrixCase): 400 | 404 {
  return matrixCase.client.name === 'responses' && matrixCase.isPassedThrough ? 400 : 404;
}

/** Failures of the providers, and the way to get the same failure from Stub. */
function findFailure(matrixCase: MatrixCase, scenario: string, stubModel: string): { text?: string; model?: string } {
  return matrixCase.provider.isStub ? { model: stubModel } : { text: `[[scenario:${scenario}]] Hi` };
}

export function failureCases(keys: FailingKeys): readonly Case[] {
  return [
    failureCase('400', async (matrixCase) => {
      const error = await matrixCase
        .send({ turns: [{ role: 'user', text: 'Hi' }], maxTokens: 0 }, { retries: 2 })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(matrixCase.client.errors[400]);
      expect(error).toMatchObject({
        status: 400,
        message: expect.stringMatching(/max_(output_)?tokens|maxOutputTokens/),
      });
      expect(matrixCase.requests).toBe(1);
    }),
    failureCase('401', (matrixCase) => expectError(matrixCase, 401, { key: 'wrong-key', retries: 2 })),
    failureCase('403', (matrixCase) => expectError(matrixCase, 403, { key: keys.readOnly, retries: 2 })),
    failureCase('404', (matrixCase) =>
      expectError(matrixCase, unknownModelStatus(matrixCase), { model: matrixCase.provider.unknownModel, retries: 2 }),
    ),
    failureCase('429', async (matrixCase) => {
      // One call is admitted if a new minute begins.
      let answer: unknown;
      for (let tries = 0; tries < 5 && !(answer instanceof Error); tries += 1) {
        answer = await matrixCase.sendText('Hi', { key: keys.spent }).catch((thrown: unknown) => thrown);
      }
      expect(answer).toBeInstanceOf(matrixCase.client.errors[429]);
      expect(answer).toMatchObject({ status: 429, message: expect.stringMatching(/\w/) });
    }),
    failureCase('5xx', (matrixCase) =>
      expectError(matrixCase, faultStatus(matrixCase), findFailure(matrixCase, 'status code=500', 'stub-error')),
    ),
    failureCase('cut off', async (matrixCase) => {
      const { text = 'Tell me a longer story.', ...target } = findFailure(matrixCase, 'cut', 'stub-cut');
      const error = await matrixCase.sendText(text, target).catch((thrown: unknown) => thrown);
      // A stream ends with the error event of its protocol.
      expect(error).toBeInstanceOf(matrixCase.client.errors[matrixCase.stream ? 'api' : 502]);
      expect(error).not.toBeInstanceOf(matrixCase.client.errors.connection);
    }),
    failureCase('retries after 5xx', async (matrixCase) => {
      if (matrixCase.provider.isStub)
        return await expectError(matrixCase, faultStatus(matrixCase), { model: 'stub-error', retries: 1, attempts: 2 });
      await expectRetry(matrixCase, 'code=503');
    }),
    failureCase('retries after 429', async (matrixCase) => {
      if (!matrixCase.provider.isStub) await expectRetry(matrixCase, 'code=429 retryAfter=1');
    }),
    failureCase('no vain retries', async (matrixCase) => {
      // The provider rejects the gateway's credentials, which a client cannot change.
      if (!matrixCase.provider.isStub)
        await expectError(matrixCase, 502, {
          text: '[[scenario:status code=401]] Hi',
          retries: 2,
          attempts: matrixCase.client.retriesInVain ? 3 : 1,
        });
    }),
    failureCase('abort', runAbort),
  ];
}

async function expectRetry(matrixCase: MatrixCase, failsWith: string): Promise<void> {
  const text = `[[scenario:flaky,echo times=1 mark=${matrixCase.mark} ${failsWith}]] Here again.`;
  expect(await matrixCase.sendText(text, { retries: 2 })).toMatchObject({ text: 'Here again.', finish: 'stop' });
  expect(matrixCase.requests).toBe(2);
  expect(await matrixCase.findRequests()).toHaveLength(2);
}

/**
 * The client leaves in the middle, and the gateway ends its call to the provider: at once where a stream flows; where nothing
 * has come yet when its time is up, for `npm run dev` hears of no client that leaves before the first byte.
 */
async function runAbort(matrixCase: MatrixCase): Promise<void> {
  const leave = new AbortController();
  const scenario = matrixCase.stream ? 'paced chunks=1000 ms=20' : 'silence';
  const { text = 'Hi', ...target } = findFailure(matrixCase, scenario, 'stub-slow');
  const reply = matrixCase.sendText(text, { ...target, signal: leave.signal, onText: () => leave.abort() });
  if (!matrixCase.stream) {
    await waitFor(async () =>
      expect(matrixCase.provider.isStub || (await matrixCase.findRequests()).length > 0).toBe(true),
    );
    leave.abort();
  }
  await expect(reply).rejects.toBeInstanceOf(matrixCase.client.errors.abort);
  if (matrixCase.provider.isStub) return;
  await waitFor(async () => expect(await matrixCase.findRequests()).toMatchObject([{ aborted: true }]));
}
