import { errorName, type Logger } from './logger.ts';

/** Does all tasks at once, none of them in the way of another: what fails is logged by its name. */
export async function runTasks(logger: Logger, tasks: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  const run = async ([task, work]: [string, () => Promise<unknown>]) => {
    try {
      await work();
    } catch (error) {
      logger.error('a task failed', { task, cause: errorName(error) });
    }
  };
  await Promise.all(Object.entries(tasks).map(run));
}
