import { expect } from 'vitest';
import { openSchemas } from '../support/open-responses/open-schemas.ts';
import { createTransports, openSocket, type Turn, type TurnSocket } from '../support/open-responses/transports.ts';
import { promptFor, type SdkProvider } from './matrix-case.ts';
import { findRecordedRequests } from './recorded-requests.ts';

const { validate } = openSchemas();

/** Where a case runs. */
interface Setting {
  readonly gatewayUrl: string;
  readonly providerUrl: string;
  readonly key: string;
  readonly provider: SdkProvider;
}

interface RequestFields {
  readonly stream?: boolean;
  readonly tools?: readonly object[];
  readonly previous_response_id?: unknown;
}

/** One case with one provider. */
export class ComplianceCase {
  /** A unique text in the prompts of this case. */
  readonly mark = crypto.randomUUID();
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  get model(): string {
    return this.#setting.provider.model;
  }

  /** Returns an item of the user, to which the provider replies as a model would. */
  ask(text: string): { type: 'message'; role: 'user'; content: string } {
    return { type: 'message', role: 'user', content: promptFor(this.#setting.provider, `${text} ${this.mark}`) };
  }

  /** Sends a request, whose reply has to be valid and complete. */
  async respond(input: unknown, { stream = false, ...fields }: RequestFields = {}) {
    const { gatewayUrl, key } = this.#setting;
    const name = stream ? 'a stream' : 'JSON';
    const transport = createTransports(gatewayUrl, key).find((candidate) => candidate.name === name);
    const turn = await transport?.run({ model: this.model, input, ...fields });
    return expectCompleted(turn);
  }

  async compact(body: object): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
    const { gatewayUrl, key } = this.#setting;
    const reply = await fetch(`${gatewayUrl}/v1/responses/compact`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
    return { status: reply.status, body: (await reply.json()) as Readonly<Record<string, unknown>> };
  }

  /** Opens a WebSocket for turns that are not stored. */
  open(): TurnSocket {
    const { gatewayUrl, key } = this.#setting;
    const socket = openSocket(gatewayUrl, key);
    return { ...socket, run: (fields) => socket.run({ model: this.model, store: false, ...fields }) };
  }

  /** Asserts that the provider got texts in their order, in its last request of this case. Stub has no requests. */
  async expectSent(...texts: readonly string[]): Promise<void> {
    const { provider, providerUrl } = this.#setting;
    if (provider.isStub) return;
    const body = (await findRecordedRequests(providerUrl, this.mark)).at(-1)?.body ?? '';
    const places = texts.map((text) => body.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((left, right) => left - right));
  }
}

/** Asserts that a turn is valid and ends in a complete response with output, and returns its events and its output. */
export function expectCompleted(turn: Turn | undefined) {
  const { faults, response, events = [] } = turn ?? {};
  expect(faults).toEqual([]);
  expect(response).toMatchObject({ object: 'response', status: 'completed', id: expect.stringMatching(/^resp_/) });
  const output = response?.output as { readonly type: string; readonly call_id?: string }[];
  expect(output.length).toBeGreaterThan(0);
  return { events, output, response, id: response?.id };
}

/** Asserts that a turn is nothing but a valid error with a code. */
export function expectRefused({ faults, events, error }: Turn, code: unknown): void {
  expect(faults).toEqual([]);
  expect(events.map(({ type }) => type)).toEqual(['error']);
  expect(error).toMatchObject({ code });
}

/** Asserts that a value has the schema of a name. */
export function expectSchema(name: string, value: unknown): void {
  expect(validate(name, value)).toEqual([]);
}
