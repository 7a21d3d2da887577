import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { anthropicClient } from './anthropic-client.ts';
import { isAbsent, isInexpressible, refusedParameter } from './exceptions.ts';
import { type FailingKeys, failureCases } from './failure-cases.ts';
import { googleGenAiClient } from './google-genai-client.ts';
import { createKey } from './keys.ts';
import { MatrixCase, providers, withoutIds } from './matrix-case.ts';
import { openAiClient } from './openai-client.ts';
import { Outcomes } from './outcomes.ts';
import { type Case, replyCases } from './reply-cases.ts';

const gatewayUrl = inject('gatewayUrl');
const clients = [openAiClient(gatewayUrl), anthropicClient(gatewayUrl), googleGenAiClient(gatewayUrl)];
const keys: { -readonly [Name in keyof FailingKeys]: string } = { readOnly: '', spent: '' };
const names = [...replyCases, ...failureCases(keys)].map(({ name }) => name);
const outcomes = new Outcomes(
  'sync stream',
  names,
  clients.flatMap((client) => providers.map((provider) => `${client.name} → ${provider.name}`)),
);

beforeAll(async () => {
  keys.readOnly = await createKey(gatewayUrl, { scopes: ['read'] });
  keys.spent = await createKey(gatewayUrl, { limits: { tokensPerMinute: 1 } });
});

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

/** Checks that the gateway rejects a case whose feature the provider lacks. Otherwise runs the case with its assertions. */
async function runCase(sdkCase: Case, matrixCase: MatrixCase) {
  const parameter = refusedParameter(sdkCase.name, matrixCase);
  if (parameter === undefined) {
    const reply = await sdkCase.run(matrixCase);
    outcomes.note(matrixCase.placeOf(sdkCase.name), isAbsent(sdkCase.name, matrixCase) ? '–' : '✓');
    return reply;
  }
  const error = await sdkCase.run(matrixCase).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(matrixCase.client.errors[400]);
  expect(error).toMatchObject({ message: expect.stringContaining(parameter) });
  if (matrixCase.client.name === 'openai') expect(error).toMatchObject({ param: expect.stringContaining(parameter) });
  expect(await matrixCase.findRequests(), 'requests to the provider').toEqual([]);
  outcomes.note(matrixCase.placeOf(sdkCase.name), `refused: ${parameter}`);
  return undefined;
}

test.concurrent.each(names)('%s', async (name) => {
  const sdkCase = [...replyCases, ...failureCases(keys)].find((one) => one.name === name);
  if (!sdkCase) throw new Error(`no case ${name}`);
  const matrixCases = providers.flatMap((provider) =>
    clients.flatMap((client) =>
      [false, true].map((stream) => new MatrixCase(client, provider, stream, inject('providerUrl'))),
    ),
  );
  const failures: string[] = [];
  const replies = await Promise.all(
    matrixCases.map(async (matrixCase) => {
      if (isInexpressible(name, matrixCase)) {
        outcomes.note(matrixCase.placeOf(name), '–');
        return undefined;
      }
      try {
        return await runCase(sdkCase, matrixCase);
      } catch (error) {
        outcomes.note(matrixCase.placeOf(name), '✗');
        failures.push(`${matrixCase.name}: ${error instanceof Error ? error.message : error}`);
        return undefined;
      }
    }),
  );
  expect(failures, failures.join('\n')).toEqual([]);
  for (const provider of providers) {
    const [first, ...others] = matrixCases.flatMap((matrixCase, index) => {
      const reply = replies[index];
      return matrixCase.provider === provider && reply ? [{ matrixCase, reply: withoutIds(reply) }] : [];
    });
    for (const { matrixCase, reply } of others)
      expect(reply, `${matrixCase.name} as ${first?.matrixCase.name}`).toEqual(first?.reply);
  }
});
