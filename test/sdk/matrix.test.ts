import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { anthropicClient } from './anthropic-client.ts';
import { isAbsent, refusedParameter } from './exceptions.ts';
import { type FailingKeys, failureCases } from './failure-cases.ts';
import { makeKey } from './keys.ts';
import { Cell, providers, withoutIds } from './matrix-case.ts';
import { openAiClient } from './openai-client.ts';
import { Outcomes } from './outcomes.ts';
import { type Case, replyCases } from './reply-cases.ts';

const gatewayUrl = inject('gatewayUrl');
const clients = [openAiClient(gatewayUrl), anthropicClient(gatewayUrl)];
const keys: { -readonly [Name in keyof FailingKeys]: string } = { readOnly: '', spent: '' };
const names = [...replyCases, ...failureCases(keys)].map(({ name }) => name);
const outcomes = new Outcomes(
  'sync stream',
  names,
  clients.flatMap((client) => providers.map((provider) => `${client.name} → ${provider.name}`)),
);

beforeAll(async () => {
  keys.readOnly = await makeKey(gatewayUrl, { scopes: ['read'] });
  keys.spent = await makeKey(gatewayUrl, { limits: { tokensPerMinute: 1 } });
});

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

/** That a cell is refused where it has to be, and otherwise does what its case asserts. */
async function runCell(given: Case, cell: Cell) {
  const parameter = refusedParameter(given.name, cell);
  if (parameter === undefined) {
    const reply = await given.run(cell);
    outcomes.note(cell.placeOf(given.name), isAbsent(given.name, cell) ? '–' : '✓');
    return reply;
  }
  const error = await given.run(cell).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(cell.client.errors[400]);
  expect(error).toMatchObject({ message: expect.stringContaining(parameter) });
  if (cell.client.name === 'openai') expect(error).toMatchObject({ param: expect.stringContaining(parameter) });
  expect(await cell.seen(), 'the provider was not asked').toEqual([]);
  outcomes.note(cell.placeOf(given.name), `refused: ${parameter}`);
  return undefined;
}

test.concurrent.each(names)('%s', async (name) => {
  const given = [...replyCases, ...failureCases(keys)].find((one) => one.name === name);
  if (!given) throw new Error(`no case ${name}`);
  const cells = providers.flatMap((provider) =>
    clients.flatMap((client) =>
      [false, true].map((stream) => new Cell(client, provider, stream, inject('providerUrl'))),
    ),
  );
  const failures: string[] = [];
  const replies = await Promise.all(
    cells.map(async (cell) => {
      try {
        return await runCell(given, cell);
      } catch (error) {
        outcomes.note(cell.placeOf(name), '✗');
        failures.push(`${cell.name}: ${error instanceof Error ? error.message : error}`);
        return undefined;
      }
    }),
  );
  expect(failures, failures.join('\n')).toEqual([]);
  for (const provider of providers) {
    const [first, ...others] = cells.flatMap((cell, index) => {
      const reply = replies[index];
      return cell.provider === provider && reply ? [{ cell, reply: withoutIds(reply) }] : [];
    });
    for (const { cell, reply } of others) expect(reply, `${cell.name} as ${first?.cell.name}`).toEqual(first?.reply);
  }
});
