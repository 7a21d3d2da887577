/*
 * Events of a response as its job stores them: a line of JSON each, which begins with the type and has no number. A client that reads
 * them gets them with their numbers, which count all events of the job.
 */

/** Converts server-sent events as `OpenAiResponseStreamEncoder` writes them. */
export function toEventLines(events: string): string {
  return events
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => `${event.slice(event.indexOf('\ndata: ') + 7).replace(/,"sequence_number":\d+\}$/, '}')}\n`)
    .join('');
}

/** Converts a line to a server-sent event. */
export function encodeEventLine(line: string, sequenceNumber: number): string {
  const type = /^\{"type":"([\w.]+)"/.exec(line)?.[1] ?? '';
  return `event: ${type}\ndata: ${line.slice(0, -1)},"sequence_number":${sequenceNumber}}\n\n`;
}
