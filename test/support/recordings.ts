/**
 * Recorded provider traffic that may lie beside a checkout of this project. It is read where it is there and never copied;
 * tests against it skip, and say so, where it is not. These are the folders whose replies are of a protocol that a chat
 * request is sent in: Chat Completions, Messages, Ollama's chat.
 */
const files = import.meta.glob<string>(
  [
    '../../../shared/recordings/{openai,openai-compatible,anthropic,ollama}/*',
    '../../../shared/recordings/azure/azure-deepseek-*',
  ],
  { query: '?raw', import: 'default', eager: true },
);

const prefix = '../../../shared/recordings/';

export const recordingNames: readonly string[] = Object.keys(files).map((path) => path.slice(prefix.length));

/** The text of a recording such as `anthropic/text.json`. Throws where it is not there. */
export function recording(name: string): string {
  const text = files[prefix + name];
  if (text === undefined) throw new Error(`no recording ${name}`);
  return text;
}

/** A recorded stream as the provider writes it: `*.chunks.txt` holds one event's JSON a line and needs its framing. */
export function recordedStream(name: string): string {
  const text = recording(name);
  if (!name.endsWith('.chunks.txt')) return text;
  const events = text.split('\n').filter((line) => line !== '');
  if (name.startsWith('anthropic/')) {
    return events.map((json) => `event: ${JSON.parse(json).type}\ndata: ${json}\n\n`).join('');
  }
  return [...events, '[DONE]'].map((data) => `data: ${data}\n\n`).join('');
}
