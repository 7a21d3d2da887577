import { devKey } from '../../src/domain/dev-key.ts';
import type { ModelRequest, Reply, SdkClient, Target, ToolCall } from './normal-form.ts';
import { findRecordedRequests } from './recorded-requests.ts';

/** A provider of the gateway with its model in these tests. */
export interface SdkProvider {
  readonly name: string;
  readonly model: string;
  readonly unknownModel: string;
  /** Absent where it has no embeddings. */
  readonly embeddingModel?: string;
  /** The client with the same protocol, which gets unchanged errors of the provider. */
  readonly speaks?: SdkClient['name'];
  /** Whether it has Responses, so that the client of Responses gets what it replies. */
  readonly hasResponses?: boolean;
  /** Stub replies inside the gateway. The others are played by a server with scenarios. */
  readonly isStub: boolean;
}

export const providers: readonly SdkProvider[] = [
  {
    name: 'openai',
    model: 'gpt-4o-mini',
    unknownModel: 'openai/nobodys',
    embeddingModel: 'openai/text-embedding-3-small',
    speaks: 'openai',
    hasResponses: true,
    isStub: false,
  },
  { name: 'claude', model: 'claude-haiku-4-5', unknownModel: 'claude/nobodys', speaks: 'anthropic', isStub: false },
  {
    name: 'ollama',
    model: 'ollama/llama3.2',
    unknownModel: 'ollama/nobodys',
    embeddingModel: 'ollama/nomic-embed-text',
    isStub: false,
  },
  {
    name: 'acme',
    model: 'acme-large',
    unknownModel: 'acme/nobodys',
    embeddingModel: 'acme/text-embedding-3-small',
    speaks: 'openai',
    hasResponses: true,
    isStub: false,
  },
  { name: 'stub', model: 'stub', unknownModel: 'stub-nobodys', embeddingModel: 'stub', speaks: 'openai', isStub: true },
];

/** A compatible provider without Responses. */
export const plainProvider: SdkProvider = {
  name: 'plain',
  model: 'plain-large',
  unknownModel: 'plain/nobodys',
  embeddingModel: 'plain/text-embedding-3-small',
  isStub: false,
};

/** Separates this run from earlier ones, whose requests the provider server may still have recorded. */
const run = crypto.randomUUID().slice(0, 8);
let caseCount = 0;

/** One case with one client and one provider, whole or streamed, with its requests. */
export class MatrixCase {
  readonly client: SdkClient;
  readonly provider: SdkProvider;
  readonly stream: boolean;
  /** A unique text of fixed length in every prompt of this case. */
  readonly mark: string;
  /** The number of requests that the client has sent. */
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

  /** Whether the provider has the client's protocol, and the client gets its errors unchanged. */
  get isPassedThrough(): boolean {
    const { speaks, hasResponses = false } = this.provider;
    return this.client.name === 'responses' ? hasResponses : speaks === this.client.name;
  }

  /** Returns the place in the table of outcomes. */
  placeOf(caseName: string): { row: string; column: string; slot: number } {
    return { row: caseName, column: `${this.client.name} → ${this.provider.name}`, slot: this.stream ? 1 : 0 };
  }

  /** Returns a prompt to which the provider replies as a model would. */
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

  /** Sends one user text. */
  sendText(text: string, target?: Partial<Target>): Promise<Reply> {
    return this.send({ turns: [{ role: 'user', text }] }, target);
  }

  /** Finds the requests of this case that reached the provider server. Requests to Stub do not. */
  async findRequests(): Promise<{ body: string; aborted: boolean }[]> {
    return await findRecordedRequests(this.#providerUrl, this.mark);
  }
}

/** Returns a prompt to which a provider replies as a model would. */
export function promptFor({ isStub }: SdkProvider, text: string): string {
  return isStub ? text : `[[scenario:echo]] ${text}`;
}

/** Returns a reply without the ids of its tool calls, which each provider generates by itself. */
export function withoutIds(reply: Reply): Omit<Reply, 'toolCalls'> & { toolCalls: Omit<ToolCall, 'id'>[] } {
  return { ...reply, toolCalls: reply.toolCalls.map(({ name, input }) => ({ name, input })) };
}
