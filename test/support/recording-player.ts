import { createServer, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** What a call's prompt, which is its JSON, asks the player to answer. */
export interface Playing {
  /** The body. */
  readonly body: string;
  readonly type?: string;
  /** Where it is cut into writes, in bytes. */
  readonly cuts?: readonly number[];
  /** Whether the connection breaks behind the body. */
  readonly breaks?: boolean;
}

/** A server in the place of any provider, which says what each call asks it to say, in the writes that it asks for. */
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
    // Time for what was written to be read by itself.
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
