import { createServer, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** Instructions for the player. A call's prompt is their JSON. */
export interface Playing {
  /** The body. */
  readonly body: string;
  readonly type?: string;
  /** The offsets in bytes at which it is split into writes. */
  readonly cuts?: readonly number[];
  /** Whether the connection breaks after the body. */
  readonly breaks?: boolean;
}

/** Starts a server that plays any provider. It replies with the body and the writes that a call's prompt contains. */
export async function startRecordingPlayer(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    await play(parsePrompt(JSON.parse(Buffer.concat(chunks).toString())), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

async function play({ body, type = 'text/event-stream', cuts = [], breaks }: Playing, response: ServerResponse) {
  response.socket?.setNoDelay(true);
  response.writeHead(200, { 'content-type': type }).flushHeaders();
  const bytes = Buffer.from(body);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to > from) response.write(bytes.subarray(from, to));
    from = to;
    // A pause, so that each write is read separately.
    await setTimeout(to < bytes.length || breaks ? 15 : 0);
  }
  if (breaks) response.socket?.destroy();
  else response.end();
}

interface Message {
  readonly content: string | readonly { readonly text?: string }[];
}

function parsePrompt({ messages }: { readonly messages: readonly Message[] }): Playing {
  const content = messages.at(-1)?.content ?? '';
  return JSON.parse(typeof content === 'string' ? content : content.map(({ text = '' }) => text).join(''));
}
