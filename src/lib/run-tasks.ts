import { errorName, type Logger } from './logger.ts';

/** Runs all tasks at once. A failure does not stop the others: it is logged under the name of its task. */
export async function runTasks(logger: Logger, tasks: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  const runTask = async ([task, work]: [string, () => Promise<unknown>]) => {
    try {
      await work();
    } catch (error) {
      logger.error('a task failed', { task, cause: errorName(error) });
    }
  };
  await Promise.all(Object.entries(tasks).map(runTask));
}
