import type { Endpoint, Frame } from './protocol.ts';
import type { Scenario } from './scenario.ts';
import type { Sender } from './sender.ts';

const interruptions = ['cut', 'clean-cut', 'error-event', 'error-line', 'silence', 'broken-json', 'held'] as const;

interface PlayedStream {
  readonly endpoint: Endpoint;
  readonly frames: readonly Frame[];
  readonly scenario: Scenario;
  readonly sender: Sender;
  /** Waits until a test releases the stream, or its client leaves. */
  readonly hold: () => Promise<void>;
}

/** Writes the frames of a stream to their end, or to the point where the scenario interrupts it. */
export async function playStream(stream: PlayedStream): Promise<void> {
  const { endpoint, frames, scenario, sender } = stream;
  if (scenario.has('endless')) return await writeEndlessly(stream);
  const interruption = interruptions.find((name) => scenario.has(name));
  const stopAt = interruption === undefined ? -1 : interruptionIndex(frames, scenario, interruption);
  const pauseMs = scenario.has('paced') ? scenario.number('ms', 20) : 0;
  for (const [index, frame] of frames.entries()) {
    if (sender.closed) return;
    const text = prepare(frame.text, scenario, index === frames.length - 1);
    if (index === stopAt) {
      const isOver = await interrupt(stream, text, interruption);
      if (isOver) return;
    }
    await sender.write(text);
    if (scenario.has('junk-frames') && frame.kind === 'content')
      await sender.write(prepare(junkFrame(endpoint, index), scenario, false));
    if (frame.kind === 'content') await sender.wait(pauseMs);
  }
  sender.end();
}

/** Writes the beginning of a stream, and its last event again and again, until the client leaves. */
async function writeEndlessly({ frames, sender }: PlayedStream): Promise<void> {
  const beginning = frames.filter(({ kind }) => kind === 'start');
  for (const { text } of beginning) await sender.write(text);
  while (!sender.closed) {
    await sender.write(beginning.at(-1)?.text ?? '');
    await sender.wait(1);
  }
}

/** `after=3`: when three frames of content are out; `after=end`: when all but the last frame are. */
function interruptionIndex(
  frames: readonly Frame[],
  scenario: Scenario,
  interruption: (typeof interruptions)[number],
): number {
  const after = scenario.number('after', interruption === 'error-line' ? 0 : 2);
  if (Number.isNaN(after)) return frames.length - 1;
  let content = 0;
  const total = frames.filter(({ kind }) => kind === 'content').length;
  return frames.findIndex(({ kind }) => {
    if (kind === 'content') content += 1;
    return kind === 'content' ? content > after : kind === 'end' && content >= Math.min(after, total);
  });
}

/** Returns whether that was the end of the stream. */
async function interrupt(
  { endpoint, scenario, sender, hold }: PlayedStream,
  next: string,
  interruption: (typeof interruptions)[number] | undefined,
): Promise<boolean> {
  if (scenario.text('mid') === 'character') await sender.write(partOfCharacter(Buffer.from(next)));
  switch (interruption) {
    case 'cut':
      await sender.cut();
      return true;
    case 'silence':
      await sender.stall();
      return true;
    case 'error-event':
    case 'error-line':
      await sender.write(prepare(endpoint.writeErrorFrame(), scenario, false));
      break;
    case 'broken-json':
      await sender.write(prepare(next.replaceAll('"', ''), scenario, false));
      return false;
    case 'held':
      await hold();
      return false;
  }
  sender.end();
  return true;
}

/** Returns a frame up to the first byte of its first multi-byte character, or its first half. */
function partOfCharacter(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte >= 0xc2);
  return bytes.subarray(0, first < 0 ? bytes.length / 2 : first + 1);
}

/** The keep-alive frames of vendors and proxies. */
const junk = ['null', ': keepalive', 'ping', '""', 'true', '[]', '[PROCESSING]'];

function junkFrame({ protocol }: Endpoint, index: number): string {
  const data = junk[index % junk.length];
  return protocol === 'ollama' ? `${data}\n` : `data: ${data}\n\n`;
}

/** The line ends of a frame as the scenario wants them; JSON has none of its own. */
function prepare(text: string, scenario: Scenario, isLast: boolean): string {
  const ended = isLast && scenario.has('no-newline') ? text.trimEnd() : text;
  return scenario.has('crlf') ? ended.replaceAll('\n', '\r\n') : ended;
}
