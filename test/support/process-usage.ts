import { readdir, readFile } from 'node:fs/promises';

/** Finds child processes by name. Returns none on systems without /proc. */
export async function findChildProcesses(name: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => /^\d+$/.test(entry))
      .map(async (entry) => {
        const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
        const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
        return command === name && Number(parent) === process.pid ? [Number(entry)] : [];
      }),
  );
  return found.flat();
}

/** Returns the private memory of a process in bytes, without mapped files. */
export async function readPrivateBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** Returns the CPU milliseconds of all threads of a process so far. NaN on systems without /proc. */
export async function readCpuMs(pid: number | undefined): Promise<number> {
  if (pid === undefined) return Number.NaN;
  const folder = `/proc/${pid}/task`;
  const threads = await readdir(folder).catch(() => undefined);
  if (!threads) return Number.NaN;
  const times = await Promise.all(
    threads.map(async (thread) => {
      const line = await readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '0');
      return Number(line.split(' ')[0]) / 1e6;
    }),
  );
  return times.reduce((sum, ms) => sum + ms, 0);
}
