import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect } from 'vitest';
import type { StreamEvent } from './open-responses/open-schemas.ts';
import { waitFor } from './wait-for.ts';

/** A message of the gateway. */
export interface SocketMessage extends StreamEvent {
  readonly status?: number;
}

const turnEnds: readonly string[] = ['response.completed', 'response.incomplete', 'response.failed', 'error'];

/** Whether an event is the last one of its turn. */
export function isTurnEnd({ type }: { readonly type: string }): boolean {
  return turnEnds.includes(type);
}

/** Opens the official client of the Responses WebSocket, and collects what it gets. */
export function openResponsesClient(key: string, gatewayUrl: string) {
  const socket = new ResponsesWS(new OpenAI({ apiKey: key, baseURL: `${gatewayUrl}/v1` }));
  const messages: SocketMessage[] = [];
  let read = 0;
  let close: number | undefined;
  socket.on('event', (event) => messages.push(event as unknown as SocketMessage));
  socket.on('error', () => undefined);
  socket.on('close', (code) => {
    close = code;
  });
  const send = (fields: object) => socket.send({ type: 'response.create', ...fields });
  const readTurn = async () => {
    await waitFor(() => expect(messages.slice(read).some(isTurnEnd)).toBe(true), { intervalMs: 2 });
    const end = read + messages.slice(read).findIndex(isTurnEnd) + 1;
    const turn = messages.slice(read, end);
    read = end;
    return turn;
  };
  return {
    socket,
    messages,
    send,
    readTurn,
    readClose: () => waitFor(() => close ?? expect.unreachable(), { intervalMs: 2 }),
    /** Sends a request, and waits for the end of its turn. */
    async runTurn(fields: object) {
      send(fields);
      return await readTurn();
    },
  };
}
