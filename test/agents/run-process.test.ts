import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { filterRunning } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { runProcess } from './run-process.ts';

const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const run = (script: string, timeoutMs = 60_000, signal = new AbortController().signal) =>
  runProcess(['sh', '-c', script], { folder: tmpdir(), environment, timeoutMs, signal });

async function expectEnded(output: string): Promise<void> {
  const pid = Number(output.trim());
  expect(pid).toBeGreaterThan(0);
  await waitFor(() => filterRunning([{ pid, parent: 0, command: 'sleep' }]).length === 0);
}

describe('runProcess', () => {
  it('returns the exit code and the output, and passes only the given environment', async () => {
    const result = await run('echo "out $HOME"; echo err >&2; exit 3');
    expect(result).toMatchObject({ code: 3, isTimedOut: false });
    expect(result.output).toContain('out \n');
    expect(result.output).toContain('err');
  });

  it('ends the remaining child processes of a program, including other process groups', async () => {
    const { code, output } = await run('setsid sleep 600 >/dev/null 2>&1 & echo $!');
    expect(code).toBe(0);
    await expectEnded(output);
  });

  it('ends a program after its time-out', async () => {
    const { isTimedOut, output } = await run('echo $$; exec sleep 600', 500);
    expect(isTimedOut).toBe(true);
    await expectEnded(output);
  });

  it('ends a program when its signal aborts', async () => {
    const stopping = new AbortController();
    const running = run('echo $$; exec sleep 600', 60_000, stopping.signal);
    setTimeout(() => stopping.abort(), 500);
    await expectEnded((await running).output);
  });
});
