/** Runs the cases that Open Responses' compliance suite lists, with requests and assertions of this project, at every kind of provider. */
import { afterAll, describe, expect, inject, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { areSchemasThere } from '../support/open-responses/open-schemas.ts';
import { ComplianceCase } from './compliance-case.ts';
import { complianceCases } from './compliance-cases.ts';
import { providers as allProviders, plainProvider } from './matrix-case.ts';
import { moreComplianceCases } from './more-compliance-cases.ts';
import { Outcomes } from './outcomes.ts';

const providers = [...allProviders, plainProvider];
const cases = [...complianceCases, ...moreComplianceCases];
const outcomes = new Outcomes(
  'Open Responses',
  cases.map(({ id }) => id),
  providers.map(({ name }) => name),
);

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

it('has as many cases as the suite', () => {
  expect(new Set(complianceCases.map(({ id }) => id)).size).toBe(17);
});

describe.skipIf(!areSchemasThere).each(providers)('Open Responses at $name', (provider) => {
  it.each(cases)('passes $id', async ({ id, run }) => {
    const place = { row: id, column: provider.name };
    outcomes.note(place, '✗');
    const setting = { gatewayUrl: inject('gatewayUrl'), providerUrl: inject('providerUrl'), key: devKey, provider };
    await run(new ComplianceCase(setting));
    outcomes.note(place, '✓');
  });
});
