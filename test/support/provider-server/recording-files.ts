import { existsSync, readFileSync } from 'node:fs';
import type { Endpoint, Frame } from './protocol.ts';

/** The folder of real provider traffic, which may exist beside a checkout of this project. It is never copied. */
const folder = new URL('../../../../shared/recordings/', import.meta.url);

/** Whether recordings exist. */
export const hasRecordings: boolean = existsSync(folder);

/** Reads a whole reply such as `openai/chat-text`. Throws if it does not exist. */
export function recordedBody(name: string): string {
  return read(`${name}.json`);
}

/** Reads a recorded stream, one frame for each event. A stream of OpenAI has a usage chunk only if the call requests it. */
export function recordedFrames(name: string, protocol: Endpoint['protocol'], includeUsage: boolean): Frame[] {
  const lines = read(protocol === 'ollama' ? `${name}.ndjson` : `${name}.chunks.txt`)
    .split('\n')
    .filter((line) => line !== '');
  if (protocol === 'ollama') return lines.map((json) => ({ kind: 'content', text: `${json}\n` }));
  if (protocol === 'anthropic') {
    return lines.map((json) => ({ kind: 'content', text: `event: ${JSON.parse(json).type}\ndata: ${json}\n\n` }));
  }
  const wanted = lines.filter((json) => includeUsage || JSON.parse(json).choices.length > 0);
  return [...wanted, '[DONE]'].map((data) => ({ kind: 'content', text: `data: ${data}\n\n` }));
}

function read(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}
