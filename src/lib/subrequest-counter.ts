import { AsyncLocalStorage } from 'node:async_hooks';

/** Counts the subrequests of one invocation, of which the platform allows so many: requests over HTTP and messages to queues. */
export class SubrequestCounter {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Runs work whose subrequests are counted, also those after it has waited. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  increment(): void {
    this.#count += 1;
  }
}

const current = new AsyncLocalStorage<SubrequestCounter>();

/** Counts a subrequest, where the invocation has a counter. */
export function countSubrequest(): void {
  current.getStore()?.increment();
}
