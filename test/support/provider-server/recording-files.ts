import { existsSync, readFileSync } from 'node:fs';
import type { Endpoint, Frame } from './protocol.ts';

/** Real provider traffic that may lie beside a checkout of this project; read where it is there, never copied. */
const folder = new URL('../../../../shared/recordings/', import.meta.url);

/** Whether there are recordings to play. */
export const hasRecordings: boolean = existsSync(folder);

/** A whole reply such as `openai/chat-text`. Throws where it is not there. */
export function recordedBody(name: string): string {
  return read(`${name}.json`);
}

/** A recorded stream, one frame an event; the OpenAI one ends with its usage chunk only where the call asked for it. */
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
