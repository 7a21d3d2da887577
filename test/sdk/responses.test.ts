import OpenAI from 'openai';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { isAbsent, refusedParameter } from './exceptions.ts';
import { type FailingKeys, failureCases } from './failure-cases.ts';
import { createKey } from './keys.ts';
import { providers as allProviders, MatrixCase, plainProvider } from './matrix-case.ts';
import { Outcomes } from './outcomes.ts';
import { type Case, replyCases } from './reply-cases.ts';
import { responsesClient } from './responses-client.ts';
import { methodCases } from './responses-method-cases.ts';

const gatewayUrl = inject('gatewayUrl');
const providers = [...allProviders, plainProvider];
const client = responsesClient(gatewayUrl);
const openAi = new OpenAI({ apiKey: devKey, baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
const keys: { -readonly [Name in keyof FailingKeys]: string } = { readOnly: '', spent: '' };
/** Responses have no `stop`. */
const cases = [...replyCases, ...failureCases(keys)].filter(({ name }) => name !== 'stop');
const outcomes = new Outcomes(
  'sync stream, or a method',
  [...cases, ...methodCases].map(({ name }) => name),
  providers.map(({ name }) => `responses → ${name}`),
);

beforeAll(async () => {
  keys.readOnly = await createKey(gatewayUrl, { scopes: ['read'] });
  keys.spent = await createKey(gatewayUrl, { limits: { tokensPerMinute: 1 } });
});

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

async function runCase({ name, run }: Case, matrixCase: MatrixCase): Promise<void> {
  const parameter = refusedParameter(name, matrixCase);
  if (parameter === undefined) {
    await run(matrixCase);
    outcomes.note(matrixCase.placeOf(name), isAbsent(name, matrixCase) ? '–' : '✓');
    return;
  }
  const error = await run(matrixCase).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 400, param: expect.stringContaining(parameter) });
  outcomes.note(matrixCase.placeOf(name), `refused: ${parameter}`);
}

it.concurrent.each(cases)('does $name with every provider', async (one) => {
  const failures: string[] = [];
  const tries = providers.flatMap((provider) =>
    [false, true].map((stream) => new MatrixCase(client, provider, stream, inject('providerUrl'))),
  );
  await Promise.all(
    tries.map(async (matrixCase) => {
      try {
        await runCase(one, matrixCase);
      } catch (error) {
        outcomes.note(matrixCase.placeOf(one.name), '✗');
        failures.push(`${matrixCase.name}: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
  expect(failures, failures.join('\n')).toEqual([]);
});

it.concurrent.each(methodCases)('does $name by the official client with every provider', async ({ name, run }) => {
  const failures: string[] = [];
  await Promise.all(
    providers.map(async (provider) => {
      const place = { row: name, column: `responses → ${provider.name}` };
      try {
        await run(openAi, provider);
        outcomes.note(place, '✓');
      } catch (error) {
        outcomes.note(place, '✗');
        failures.push(`${provider.name}: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
  expect(failures, failures.join('\n')).toEqual([]);
});
