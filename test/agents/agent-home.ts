import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentRun, AgentSettings, CodingAgent } from './coding-agent.ts';
import { type ProcessResult, runProcess } from './run-process.ts';

const setUpTimeoutMs = 120_000;

interface HomeOptions {
  /** The folder for the home, the project and the records of the runs. */
  readonly folder: string;
  /** The folder of the agent's command. */
  readonly binFolder: string;
  /** The time-out of one run. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An agent with its own home and project, so that it does not use the files of the user. */
export class AgentHome {
  readonly folder: string;
  /** The folder that the agent works in. */
  readonly project: string;
  readonly #agent: CodingAgent;
  readonly #settings: AgentSettings;
  readonly #options: HomeOptions;

  constructor(agent: CodingAgent, settings: Omit<AgentSettings, 'home'>, options: HomeOptions) {
    this.folder = options.folder;
    this.project = join(options.folder, 'project');
    this.#agent = agent;
    this.#settings = { ...settings, home: join(options.folder, 'home') };
    this.#options = options;
  }

  /** Writes the agent's configuration and runs its commands for configuration. */
  async setUp(): Promise<void> {
    const { home } = this.#settings;
    for (const path of [home, this.project, join(home, 'tmp')]) mkdirSync(path, { recursive: true });
    for (const [path, text] of Object.entries(this.#agent.files?.(this.#settings) ?? {})) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    for (const args of this.#agent.setUp?.(this.#settings) ?? []) {
      const { code, output, isTimedOut } = await this.#run(args, setUpTimeoutMs);
      if (code === 0) continue;
      throw new Error(
        `"${args[0]}" ${isTimedOut ? 'did not end in time' : `ended with ${code}`}: ${output.slice(-500)}`,
      );
    }
  }

  /** Runs the agent with one prompt. */
  run(run: AgentRun): Promise<ProcessResult> {
    return this.#run(this.#agent.args(run, this.#settings), this.#options.timeoutMs);
  }

  #run(args: readonly string[], timeoutMs: number): Promise<ProcessResult> {
    const { home } = this.#settings;
    const { binFolder, signal } = this.#options;
    const environment = {
      // The Node that runs this program comes before that of the system.
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      TERM: 'dumb',
      NO_COLOR: '1',
      ...this.#agent.variables?.(this.#settings),
    };
    const command = [join(binFolder, this.#agent.command), ...args];
    return runProcess(command, { folder: this.project, environment, timeoutMs, signal });
  }
}
