import { recording, recordingNames } from '../../../support/recordings.ts';
import { type ClientReading, readAnthropicClient, readNativeClient, readOpenAiClient } from './read-client.ts';

/** How a client asks, and so how the bytes go through. */
export type Client = 'openai' | 'openai with usage' | 'anthropic' | 'native';

/** Every recorded stream. */
export const streamNames = recordingNames.filter((name) => /\.(chunks\.txt|ndjson)$/.test(name));
export const missing = streamNames.length === 0;
if (missing) console.warn('SKIPPED: no recordings of provider traffic lie beside this checkout.');

export const clients: readonly Client[] = ['openai', 'openai with usage', 'anthropic', 'native'];

export const readers: Readonly<Record<Client, (sse: string) => ClientReading>> = {
  openai: readOpenAiClient,
  'openai with usage': readOpenAiClient,
  anthropic: readAnthropicClient,
  native: readNativeClient,
};

/** The lines of a recorded stream, each the JSON of one event. */
export function linesOf(name: string): string[] {
  return recording(name)
    .split('\n')
    .filter((line) => line !== '');
}

/** The events of a recorded stream as they stand on the wire, its terminator included. */
export function framesOf(name: string): string[] {
  const lines = linesOf(name);
  if (name.startsWith('ollama/')) return lines.map((line) => `${line}\n`);
  if (!name.startsWith('anthropic/')) return [...lines, '[DONE]'].map((data) => `data: ${data}\n\n`);
  return lines.map((line) => `event: ${JSON.parse(line).type}\ndata: ${line}\n\n`);
}

/** Whether a client's protocol is the provider's own, so that bytes go through as they came. */
export function passesThrough(name: string, client: Client): boolean {
  if (client === 'native' || name.startsWith('ollama/')) return false;
  return name.startsWith('anthropic/') === (client === 'anthropic');
}

/** What a client is to be sent where bytes pass through: all, but for a count of tokens that it has not asked for. */
export function passed(name: string, client: Client): string {
  const hidden = client === 'openai' ? '"choices":[],"usage":{' : undefined;
  return framesOf(name)
    .filter((frame) => hidden === undefined || !frame.includes(hidden))
    .join('');
}

/** In groups that run at once, so that what waits does not hold up the rest. */
export async function forEachOf<T>(cases: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < cases.length; at += 64) await Promise.all(cases.slice(at, at + 64).map(work));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
