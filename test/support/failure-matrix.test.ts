import { expect, it } from 'vitest';
import { listCases, surfaces } from './failure-matrix.ts';
import { writeFailurePage } from './failure-page.ts';

it('is what docs/reference/failures.md says (`npx vitest run --project node test/support/failure-matrix.test.ts -u` writes it)', async () => {
  await expect(writeFailurePage()).toMatchFileSnapshot('../../docs/reference/failures.md');
});

it('has each failure on each surface, in each form that can fail so', () => {
  const cases = listCases();
  for (const failure of new Set(cases.map((one) => one.failure))) {
    for (const surface of surfaces) {
      const forms = cases.filter((one) => one.failure === failure && one.surface === surface).map(({ form }) => form);
      expect(forms).toEqual(expect.arrayContaining(failure.form ? [failure.form] : ['json', 'stream']));
    }
  }
});
