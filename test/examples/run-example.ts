import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExampleProgram, examplesFolder } from './example-programs.ts';

/** Changes the source of an example, for settings that it does not read from its environment. */
export type Edit = (source: string) => string;

/** The folder of the replacement for sseclient-py. */
const pythonPath = fileURLToPath(new URL('.', import.meta.url));

/** Runs an example to its end and returns its output. Throws with its error output if it fails. */
export async function runExample(program: ExampleProgram, baseUrl: string, edit?: Edit): Promise<string> {
  const file = join(examplesFolder, program.file);
  // The Go example reads no settings from its environment.
  const edits = [edit, program.language === 'go' ? setAddress(baseUrl) : undefined].filter(
    (each) => each !== undefined,
  );
  if (edits.length === 0) return run(program, file, baseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'example-'));
  try {
    const source = await readFile(file, 'utf8');
    const copy = join(folder, basename(file));
    await writeFile(
      copy,
      edits.reduce((text, change) => change(text), source),
    );
    return await run(program, copy, baseUrl);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function setAddress(baseUrl: string): Edit {
  return (source) => source.replace('http://localhost:8080', baseUrl);
}

function run({ runner = [] }: ExampleProgram, file: string, baseUrl: string): Promise<string> {
  const [command = '', ...args] = runner;
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    BASE_URL: baseUrl,
    PYTHONPATH: pythonPath,
    PYTHONIOENCODING: 'utf-8',
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(new Error(`${basename(file)} ended with ${code}: ${Buffer.concat(errors).toString()}`));
    });
  });
}
