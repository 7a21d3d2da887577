import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { hasNoCases, slowCases } from '../support/cases/case.ts';
import { type CaseEnvironment, replayCase, startCaseEnvironment } from '../support/cases/replay-case.ts';

describe.skipIf(hasNoCases)('inputs that made other gateways fail', () => {
  let environment: CaseEnvironment;
  beforeAll(async () => {
    environment = await startCaseEnvironment(inject('workerFolder'));
  });
  afterAll(async () => await environment?.stop());

  // Sequential, because the provider server plays one reply at a time.
  test.each(slowCases)('$name: $expect', async (one) => {
    await replayCase(environment, one);
  });
});
