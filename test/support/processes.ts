import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Lists a process and its current descendants. */
export function listProcessTree(root: number): Process[] {
  const all = listProcesses();
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** Returns the processes that still run, without zombies. */
export function filterRunning(processes: readonly Process[]): Process[] {
  const running = new Set(listProcesses().map(({ pid }) => pid));
  return processes.filter(({ pid }) => running.has(pid));
}

function listProcesses(): Process[] {
  const lines = process.platform === 'linux' ? readProc() : readPs();
  return lines.flatMap(({ pid, parent, state, command }) => (state.startsWith('Z') ? [] : [{ pid, parent, command }]));
}

function readProc(): (Process & { state: string })[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, command = '', state = '', parent] = /\((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
      return [{ pid: Number(name), parent: Number(parent), state, command }];
    } catch {
      return [];
    }
  });
}

function readPs(): (Process & { state: string })[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state=,comm='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [pid, parent, state, ...command] = line.trim().split(/\s+/);
    return state === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), state, command: command.join(' ') }];
  });
}
