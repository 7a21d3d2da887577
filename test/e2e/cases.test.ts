import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { hasNoCases, quickCases } from '../support/cases/case.ts';
import { type CaseEnvironment, replayCase, startCaseEnvironment } from '../support/cases/replay-case.ts';

describe.skipIf(hasNoCases)('inputs that made other gateways fail', () => {
  let environment: CaseEnvironment;
  beforeAll(async () => {
    environment = await startCaseEnvironment(inject('workerFolder'));
  });
  afterAll(async () => await environment?.stop());

  // One after the other: the provider plays one reply at a time.
  test.each(quickCases)('$name: $expect', async (one) => {
    await replayCase(environment, one);
  });
});
