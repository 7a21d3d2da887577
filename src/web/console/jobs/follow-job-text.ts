import { EventSourceParserStream } from 'eventsource-parser/stream';

interface FollowOptions {
  readonly apiKey: string;
  readonly signal: AbortSignal;
  /** Called with all text of the newest attempt that has come so far. */
  readonly onText: (text: string) => void;
}

type JobEvent =
  | { readonly type: 'chunk'; readonly attempt: number; readonly content: string }
  | { readonly type: 'status' | 'error' };

/** The pause before the events are asked for again, which end after ten minutes. */
const pauseMs = 2_000;

/**
 * Follows the text of a job by `GET /api/jobs/{id}/events`, because GraphQL has only the result of a job that is complete. Resolves when
 * no more will come, or when the gateway refuses. A job that is tried again begins its text again.
 */
export async function followJobText(id: string, { apiKey, signal, onText }: FollowOptions): Promise<void> {
  let lastEventId: string | undefined;
  let shown = { attempt: 0, text: '' };
  while (!signal.aborted) {
    try {
      const response = await fetch(`/api/jobs/${encodeURIComponent(id)}/events`, {
        headers: { 'x-api-key': apiKey, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
        signal,
      });
      if (isFinal(response)) return;
      if (!response.ok || !response.body) throw new Error(`The gateway answered ${response.status}.`);
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      const reader = events.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const { id: eventId, data } = read.value;
        lastEventId = eventId ?? lastEventId;
        const event = JSON.parse(data) as JobEvent;
        if (event.type === 'chunk') {
          const { attempt, content } = event;
          shown = { attempt, text: attempt === shown.attempt ? shown.text + content : content };
          onText(shown.text);
        }
      }
    } catch {
      // A gateway that is busy, and a connection that breaks off, are tried again from the last event.
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Whether it cannot help to ask again: there are no more events, or the key may not read them. */
function isFinal({ status }: Response): boolean {
  return status === 204 || (status >= 400 && status < 500 && status !== 429);
}
