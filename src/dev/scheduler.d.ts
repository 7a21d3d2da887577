/** The types of browsers lack what workerd has. */
interface Scheduler {
  wait(delayMs: number): Promise<void>;
}
