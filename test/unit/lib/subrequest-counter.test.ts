import { expect, it } from 'vitest';
import { countSubrequest, SubrequestCounter } from '../../../src/lib/subrequest-counter.ts';

it('counts the subrequests of its own work, also after a wait', async () => {
  const [first, second] = [new SubrequestCounter(), new SubrequestCounter()];
  const work = async (times: number) => {
    for (let index = 0; index < times; index += 1) {
      await scheduler.wait(1);
      countSubrequest();
    }
  };
  await Promise.all([first.run(() => work(3)), second.run(() => work(2)), work(1)]);
  expect([first.count, second.count]).toEqual([3, 2]);
});
