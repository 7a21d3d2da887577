import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Formats a file's content the way `npm run format` does. */
export async function format(name: string, content: string): Promise<string> {
  const child = spawn('biome', ['format', `--stdin-file-path=${name}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(content);
  const [formatted, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`biome could not format ${name}`);
  return formatted;
}
