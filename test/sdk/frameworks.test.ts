import { afterAll, expect, inject, test } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { findExclusion } from '../sdks/exclusions.ts';
import { listFrameworkCases } from '../sdks/framework-cases.ts';
import { createClients as createAiSdkClients } from './frameworks/ai-sdk.ts';
import { createClients as createInstructorClients } from './frameworks/instructor.ts';
import { createClients as createLangChainClients } from './frameworks/langchain.ts';
import { providers } from './matrix-case.ts';
import { Outcomes } from './outcomes.ts';

const gateway = { url: inject('gatewayUrl'), key: devKey };
const clients = [createAiSdkClients, createLangChainClients, createInstructorClients].flatMap((create) =>
  create(gateway),
);
const cases = clients.flatMap((client) =>
  listFrameworkCases(client).map(({ title, run }) => ({ name: `${client.name}: ${title}`, client, title, run })),
);
const outcomes = new Outcomes(
  '',
  cases.map(({ name }) => name),
  providers.map(({ name }) => name),
);

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

test.concurrent.each(cases)('$name works on every provider', async ({ name, client, title, run }) => {
  const failures: string[] = [];
  for (const provider of providers) {
    const exclusion = findExclusion(client.name, title, provider.model);
    try {
      await (exclusion ? expect(run(provider.model)).rejects.toThrow(exclusion.error) : run(provider.model));
      outcomes.note({ row: name, column: provider.name }, exclusion ? '–' : '✓');
    } catch (error) {
      outcomes.note({ row: name, column: provider.name }, '✗');
      failures.push(`${provider.name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  expect(failures, failures.join('\n')).toEqual([]);
});
