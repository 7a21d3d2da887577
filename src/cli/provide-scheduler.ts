import { scheduler } from 'node:timers/promises';

declare global {
  interface Scheduler {
    wait(delayMs: number): Promise<void>;
  }
}

/** Provides the `scheduler` of workerd, which modules of the Worker use. Node has it in a module only. */
export function provideScheduler(): void {
  Object.defineProperty(globalThis, 'scheduler', { value: scheduler, configurable: true });
}
