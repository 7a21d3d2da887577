import { expect } from 'vitest';
import { isTurnEnd, openResponsesClient } from '../responses-socket.ts';
import { openSchemas, readEvents, type StreamEvent } from './open-schemas.ts';

/** What a request got, by any transport. */
export interface Turn {
  readonly status: number;
  /** None where a whole reply came. */
  readonly events: readonly StreamEvent[];
  /** The response, whole or of the last event that has one. */
  readonly response: Readonly<Record<string, unknown>> | undefined;
  readonly error: unknown;
  /** What is wrong by the schemas, and with the order of the events. */
  readonly faults: readonly unknown[];
}

export interface Transport {
  readonly name: string;
  /** Whether events come. */
  readonly isStreamed: boolean;
  run(body: object): Promise<Turn>;
}

const { validate, findFaults } = openSchemas();

/** The three ways to send a request of Responses. */
export function createTransports(gatewayUrl: string, key: string): readonly Transport[] {
  const post = async (body: object) => {
    return await fetch(`${gatewayUrl}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  };
  return [
    { name: 'JSON', isStreamed: false, run: async (body) => await readWhole(await post(body)) },
    {
      name: 'a stream',
      isStreamed: true,
      run: async (body) => {
        const reply = await post({ ...body, stream: true });
        if (!reply.ok) return await readWhole(reply);
        return toTurn(200, readEvents(await reply.text()), 'stream');
      },
    },
    { name: 'a WebSocket', isStreamed: true, run: async (body) => await runSocketTurn(gatewayUrl, key, body) },
  ];
}

/** Runs a turn, and one after it by which everything that belongs to the first has come. */
async function runSocketTurn(gatewayUrl: string, key: string, body: object): Promise<Turn> {
  const socket = openSocket(gatewayUrl, key);
  const turn = await socket.run(body);
  const next = await socket.run({ model: 'stub', input: 'Next.' });
  socket.close();
  expect(next.events[0]?.type).toBe('response.created');
  return turn;
}

/** A connection for several turns. */
export interface TurnSocket {
  run(body: object): Promise<Turn>;
  close(): void;
}

/** Opens a WebSocket whose messages are validated. */
export function openSocket(gatewayUrl: string, key: string): TurnSocket {
  const client = openResponsesClient(key, gatewayUrl);
  return {
    run: async (body) => {
      const events = await client.runTurn(body);
      const status = events.find((event) => event.type === 'error')?.status ?? 200;
      return toTurn(status, events, 'socket');
    },
    close: () => client.socket.close(),
  };
}

async function readWhole(reply: Response): Promise<Turn> {
  const body = (await reply.json()) as Readonly<Record<string, unknown>>;
  const { ok, status } = reply;
  const faults = ok ? validate('ResponseResource', body) : validate('ErrorPayload', body.error);
  return { status, events: [], response: ok ? body : undefined, error: body.error, faults };
}

function toTurn(status: number, events: readonly StreamEvent[], transport: 'stream' | 'socket'): Turn {
  const response = events.findLast((event) => event.response)?.response;
  const error = events.find(({ type }) => type === 'error')?.error ?? response?.error;
  const ofResponse = response ? validate('ResponseResource', response) : [];
  const faults = [...findFaults(events, transport), ...ofResponse, ...findDisorder(events, transport)];
  return { status, events, response, error, faults };
}

/**
 * Lists what is wrong with the order of events: they are counted from 0, and the only end is the last one. In a stream, an error may
 * come before `response.failed`.
 */
function findDisorder(events: readonly StreamEvent[], transport: 'stream' | 'socket'): string[] {
  const isRefusal = events.length === 1 && events[0]?.type === 'error';
  if (isRefusal) return [];
  const faults: string[] = [];
  if (events[0]?.type !== 'response.created') faults.push(`the first event is ${events[0]?.type}`);
  const ends = events.slice(events.findIndex(isTurnEnd)).map(({ type }) => type);
  const isFailedStream = transport === 'stream' && ends.join() === 'error,response.failed';
  if (ends.length !== 1 && !isFailedStream) faults.push(`the end is ${ends.join()}`);
  const numbers = events.map((event) => event.sequence_number);
  if (numbers.some((number, index) => number !== index)) faults.push(`events are numbered ${numbers.join()}`);
  return faults;
}
