import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { anthropicMessages } from './anthropic/anthropic-messages.ts';
import { HeldReplies } from './held-replies.ts';
import { providerKeys } from './known-models.ts';
import { ollamaChat } from './ollama/ollama-chat.ts';
import { openAiCompletions } from './openai/openai-completions.ts';
import { openAiChat, openAiEmbeddings } from './openai/openai-endpoints.ts';
import { openAiRefusal } from './openai/openai-errors.ts';
import { openAiMedia } from './openai/openai-media.ts';
import { answerModelList } from './openai/openai-model-list.ts';
import { openAiModerations } from './openai/openai-moderations.ts';
import { openAiCompact, openAiResponses } from './openai/openai-responses.ts';
import { StoredResponses } from './openai/openai-stored-responses.ts';
import { play } from './play.ts';
import { type Endpoint, isRefusal } from './protocol.ts';
import { type RecordedRequest, RecordedRequests } from './recorded-requests.ts';
import { parseScenario, type Scenario } from './scenario.ts';
import { Sender } from './sender.ts';

export interface ProviderServerOptions {
  readonly host?: string;
  /** 0, the default, selects a free port. */
  readonly port?: number;
  readonly openAiKey?: string;
  readonly anthropicKey?: string;
  /** Models of an OpenAI-compatible vendor, in addition to OpenAI's models and without their limits. */
  readonly models?: readonly string[];
}

/**
 * A local server that plays OpenAI, Anthropic and Ollama. It rejects the requests that they reject, and replies by a call's
 * scenario. Tests in other processes read the recorded requests by HTTP: `GET /_seen`, with `?containing=` for the requests
 * whose body contains a text. `DELETE /_seen` deletes them. `POST /_release?mark=` releases the replies that the scenario
 * `held` holds.
 */
export interface ProviderServer {
  readonly url: string;
  /** Ends in `/v1`, as the official client expects. */
  readonly openAiBaseUrl: string;
  readonly anthropicBaseUrl: string;
  readonly ollamaUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** The numbers of open connections and open replies. */
  readonly open: { readonly connections: number; readonly replies: number };
  /** The number of replies that the client aborted. */
  readonly aborted: number;
  forget(): void;
  close(): Promise<void>;
}

/** Starts the server. Throws if the port is in use. */
export async function startProviderServer(options: ProviderServerOptions = {}): Promise<ProviderServer> {
  const { host = '127.0.0.1', port = 0, openAiKey = providerKeys.openai, models = [] } = options;
  const storedResponses = new StoredResponses();
  const endpoints = [
    openAiChat(openAiKey, models),
    openAiCompletions(openAiKey, models),
    openAiEmbeddings(openAiKey),
    openAiModerations(openAiKey),
    ...openAiMedia(openAiKey),
    openAiResponses(openAiKey, models, storedResponses),
    openAiCompact(openAiKey, models),
    anthropicMessages(options.anthropicKey ?? providerKeys.anthropic),
    ollamaChat,
  ];
  const recordedRequests = new RecordedRequests();
  const heldReplies = new HeldReplies();
  const server = createServer((request, response) => {
    void handle(request, response, endpoints, { recordedRequests, heldReplies, storedResponses, openAiKey, models });
  });
  // Closing an idle connection just when the gateway reuses it would be a failure of this server.
  server.keepAliveTimeout = 300_000;
  server.on('connection', (socket) => recordedRequests.countConnection(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const address = server.address();
  const url = `http://${host}:${typeof address === 'object' && address ? address.port : port}`;
  return {
    url,
    openAiBaseUrl: `${url}/v1`,
    anthropicBaseUrl: url,
    ollamaUrl: url,
    requests: recordedRequests.requests,
    get open() {
      return recordedRequests.open;
    },
    get aborted() {
      return recordedRequests.aborted;
    },
    forget: () => recordedRequests.forget(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ServerState {
  readonly recordedRequests: RecordedRequests;
  readonly heldReplies: HeldReplies;
  readonly storedResponses: StoredResponses;
  readonly openAiKey: string;
  readonly models: readonly string[];
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: readonly Endpoint[],
  { recordedRequests, heldReplies, storedResponses, openAiKey, models }: ServerState,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/_seen')
    return recordedRequests.report(request.method, searchParams.get('containing') ?? '', response);
  if (pathname === '/_release') {
    heldReplies.release(searchParams.get('mark') ?? '');
    response.end();
    return;
  }
  const bytes = await readBody(request);
  if (bytes === undefined) return;
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const body = bytes.toString(headers['content-type']?.startsWith('multipart/') ? 'latin1' : 'utf8');
  const recordedRequest = recordedRequests.add({ method: request.method ?? '', path: pathname, headers, body });
  const endpoint = endpoints.find(({ path }) => path === pathname && request.method === 'POST');
  const read = { method: request.method ?? '', path: pathname, headers };
  const stored = storedResponses.answer(read, openAiKey) ?? answerModelList(read, { openAiKey, models });
  if (stored) return send(response, stored);
  if (!endpoint) {
    return send(response, openAiRefusal(404, { message: `Invalid URL (${request.method} ${pathname})` }));
  }
  const call = endpoint.accept({ headers, body });
  if (isRefusal(call)) return send(response, call);
  try {
    const scenario = chooseScenario(call.lastUserText, body);
    const sender = new Sender(response, scenario.has('bytes'));
    recordedRequests.countReply(recordedRequest, response, sender);
    const attempt = scenario.has('flaky') ? recordedRequests.countAttempt(scenario.text('mark') ?? '') : 1;
    await play(endpoint, call, scenario, { sender, attempt, heldReplies });
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, { status: 500, body: endpoint.writeError({ status: 500, message: String(error) }) });
  }
}

/** The scenario of a request; the default one where the text's scenario is `only` for models whose names begin otherwise. */
function chooseScenario(lastUserText: string, body: string): Scenario {
  const scenario = parseScenario(lastUserText);
  const only = scenario.text('only');
  return only === undefined || body.includes(`"model":"${only}`) ? scenario : parseScenario('');
}

function send(response: ServerResponse, { status, body }: { readonly status: number; readonly body: string }): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

/** Returns undefined if the client disconnects before the end of its request. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
