import { devKey } from '../../src/domain/dev-key.ts';
import type { ModelRequest, Reply, SdkClient, Target, ToolCall } from './normal-form.ts';
import { findRecordedRequests } from './recorded-requests.ts';

/** A provider of the gateway's, and what it answers with here. */
export interface SdkProvider {
  readonly name: string;
  readonly model: string;
  readonly unknownModel: string;
  /** The client whose protocol it speaks: that client gets its errors as they are. */
  readonly speaks?: SdkClient['name'];
  /** Stub answers within the gateway; before the others stands a server that can be told what to do. */
  readonly isStub: boolean;
}

export const providers: readonly SdkProvider[] = [
  { name: 'openai', model: 'gpt-4o-mini', unknownModel: 'openai/nobodys', speaks: 'openai', isStub: false },
  { name: 'claude', model: 'claude-haiku-4-5', unknownModel: 'claude/nobodys', speaks: 'anthropic', isStub: false },
  { name: 'ollama', model: 'ollama/llama3.2', unknownModel: 'ollama/nobodys', isStub: false },
  { name: 'acme', model: 'acme-large', unknownModel: 'acme/nobodys', speaks: 'openai', isStub: false },
  { name: 'stub', model: 'stub', unknownModel: 'stub-nobodys', speaks: 'openai', isStub: true },
];

/** The server before the gateway may have seen other runs than this. */
const run = crypto.randomUUID().slice(0, 8);
let caseCount = 0;

/** One case with one client, one provider, and one way to read: what it asks, and what was seen of that. */
export class MatrixCase {
  readonly client: SdkClient;
  readonly provider: SdkProvider;
  readonly stream: boolean;
  /** Stands in every prompt of this case and nowhere else; always of the same length. */
  readonly mark: string;
  /** How many requests the client has sent. */
  requests = 0;
  readonly #providerUrl: string;

  constructor(client: SdkClient, provider: SdkProvider, stream: boolean, providerUrl: string) {
    caseCount += 1;
    this.mark = `${run}-${String(caseCount).padStart(5, '0')}`;
    this.client = client;
    this.provider = provider;
    this.stream = stream;
    this.#providerUrl = providerUrl;
  }

  get name(): string {
    return `${this.client.name} → ${this.provider.name}, ${this.stream ? 'stream' : 'sync'}`;
  }

  /** Its place in the table of outcomes. */
  placeOf(caseName: string): { row: string; column: string; slot: number } {
    return { row: caseName, column: `${this.client.name} → ${this.provider.name}`, slot: this.stream ? 1 : 0 };
  }

  /** What makes the provider do as a model that is asked this would do. */
  prompt(text: string): string {
    return promptFor(this.provider, text);
  }

  send(ask: ModelRequest, target: Partial<Target> = {}): Promise<Reply> {
    const whole = {
      model: this.provider.model,
      key: devKey,
      retries: 0,
      stream: this.stream,
      signal: new AbortController().signal,
      onText: () => undefined,
      ...target,
      onRequest: () => {
        this.requests += 1;
      },
    };
    return this.client.send(whole, { ...ask, system: `Mark: ${this.mark}.` });
  }

  /** Asks with one text. */
  sendText(text: string, target?: Partial<Target>): Promise<Reply> {
    return this.send({ turns: [{ role: 'user', text }] }, target);
  }

  /** What the provider has seen of this case's requests. It sees nothing of Stub's. */
  async findRequests(): Promise<{ body: string; aborted: boolean }[]> {
    return await findRecordedRequests(this.#providerUrl, this.mark);
  }
}

/** What makes a provider do as a model that is asked this would do. */
export function promptFor({ isStub }: SdkProvider, text: string): string {
  return isStub ? text : `[[scenario:echo]] ${text}`;
}

/** Calls as they are the same whoever has numbered them. */
export function withoutIds(reply: Reply): Omit<Reply, 'toolCalls'> & { toolCalls: Omit<ToolCall, 'id'>[] } {
  return { ...reply, toolCalls: reply.toolCalls.map(({ name, input }) => ({ name, input })) };
}
