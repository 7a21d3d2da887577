import { inject } from 'vitest';
import { recording, recordingNames } from '../../../support/recordings.ts';
import { type ClientReading, readAnthropicClient, readNativeClient, readOpenAiClient } from './read-client.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the recordings are cut at each byte: `npm run test:cuts`. */
    readonly cutsAtFullLoad: boolean;
  }
}

export const isCutEverywhere = inject('cutsAtFullLoad');

/** A client's protocol, and whether it asks for usage: both decide how the bytes go through. */
export type Client = 'openai' | 'openai with usage' | 'anthropic' | 'native';

/** Every recorded stream. */
export const streamNames = recordingNames.filter((name) => /\.(chunks\.txt|ndjson)$/.test(name));
export const hasNoRecordings = streamNames.length === 0;
if (hasNoRecordings) console.warn('SKIPPED: no recordings of provider traffic lie beside this checkout.');

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

/** The events of a recorded stream as the provider sends them, its terminator included. */
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

/**
 * Whether the vendor writes its usage into a chunk that has choices. Bytes pass through, so a client sees this usage without
 * asking for it.
 */
export function hasUsageBesideChoices(name: string): boolean {
  return linesOf(name).some((line) => {
    const { usage, choices } = JSON.parse(line);
    return Boolean(usage) && choices?.length > 0;
  });
}

/** The stream that a client gets where bytes pass through: every event, except a usage chunk that it did not ask for. */
export function passthroughText(name: string, client: Client): string {
  const hidden = client === 'openai' ? '"choices":[],"usage":{' : undefined;
  return framesOf(name)
    .filter((frame) => hidden === undefined || !frame.includes(hidden))
    .join('');
}

/** Checks every case, 64 at a time. */
export async function checkEach<T>(cases: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < cases.length; at += 64) await Promise.all(cases.slice(at, at + 64).map(check));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
