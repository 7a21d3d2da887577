import { GatewayError } from '../domain/errors.ts';
import type { ChatRequest } from '../domain/request.ts';
import type { RequestReport } from '../domain/request-report.ts';
import { concatBytes } from '../lib/concat-bytes.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderRegistry, RegistryEntry } from '../providers/registry.ts';
import { selectReplyHeaders } from '../providers/reply-headers.ts';
import type { CachedReply } from '../reply-cache/cached-reply.ts';
import type { ReplyCache } from '../reply-cache/reply-cache.ts';
import type { RouteBook } from '../routing/route-book.ts';
import type { TargetHealth } from '../routing/target-health.ts';
import type { PriceBook } from '../usage/price-book.ts';
import type { SettledRequest } from '../usage/usage-recorder.ts';
import { admitCached } from './admit-cached.ts';
import { BodyReader, readBody } from './body-reader.ts';
import { ChatStream, type StreamedChat } from './chat-stream.ts';
import { chooseTarget, findByokProviders } from './choose-target.ts';
import { getMaxHoldMs } from './content-probe.ts';
import type { Compactions } from './continuity/compactions.ts';
import type { ReplyContinuations } from './continuity/reply-continuations.ts';
import { createRoutePlan } from './create-route-plan.ts';
import { readRequestSize } from './estimate-input-tokens.ts';
import { findRoute, listRouteNames } from './find-route.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type {
  ChatGatewayRequest,
  ChosenTarget,
  CompletedChat,
  Destination,
  ForwardMediaRequest,
  ForwardMediaResponse,
  ForwardRequest,
  ForwardResponse,
  ForwardStreamRequest,
  ForwardStreamResponse,
  GatewayRequest,
  RoutedRequest,
  Target,
} from './gateway-request.ts';
import { holdToContent } from './hold-to-content.ts';
import { listModels, type ModelPrice } from './list-models.ts';
import { readMediaType } from './media-type.ts';
import { meterReply } from './meter-reply.ts';
import { MeteredStream } from './metered-stream.ts';
import { OutputAccumulator } from './output-accumulator.ts';
import { pipeMedia, readHead } from './pipe-media.ts';
import { pipeStream } from './pipe-stream.ts';
import { type ObjectRequest, type ObjectResponse, requestObject } from './request-object.ts';
import { rewriteStream } from './rewrite-stream.ts';
import { runRoute, type TargetedRequest } from './run-route.ts';
import { sendBody, sendChat } from './send-attempt.ts';
import { splitWholeReply } from './split-whole-reply.ts';
import { startAttempt } from './start-attempt.ts';
import { completeForwarded, rejectEmpty, replayReply } from './whole-reply.ts';

const decoder = new TextDecoder();
const ignore = () => undefined;

type AroundRequest<Result> = (
  destination: Destination,
  answer: (request: GatewayRequest) => Promise<Result>,
) => Promise<Result>;

type ChoosableRequest = RoutedRequest & Partial<Pick<GatewayRequest, 'waitUntil'>>;

/**
 * Sends requests to providers: each is admitted within the limits of its API key and tenant, sent, read under deadlines and
 * settled in one ledger row, however it ends. All methods that send reject with a GatewayError, or with a
 * ClientDisconnectedError where the client has left; both carry the report of the request.
 */
export class Gateway {
  readonly registry: ProviderRegistry;
  readonly prices: PriceBook;
  readonly routes: RouteBook;
  /** Which targets of routes fail, in this isolate. */
  readonly health: TargetHealth;
  readonly replyCache: ReplyCache;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly #dependencies: GatewayDependencies;

  constructor(dependencies: GatewayDependencies) {
    this.registry = dependencies.registry;
    this.prices = dependencies.prices;
    this.routes = dependencies.routes;
    this.health = dependencies.health;
    this.replyCache = dependencies.replyCache;
    this.now = dependencies.now;
    this.#dependencies = dependencies;
  }

  /** The summaries of conversations. */
  get compactions(): Compactions {
    return this.#dependencies.continuity.compactions;
  }

  /** Returns a gateway with other parts; with `maxTotalMs`, it bounds a whole request to no more than that. */
  with({ maxTotalMs, ...parts }: Partial<GatewayDependencies> & { readonly maxTotalMs?: number }): Gateway {
    const dependencies = { ...this.#dependencies, ...parts };
    const { timeouts } = dependencies;
    if (maxTotalMs === undefined || timeouts.totalMs <= maxTotalMs) return new Gateway(dependencies);
    return new Gateway({ ...dependencies, timeouts: { ...timeouts, totalMs: maxTotalMs } });
  }

  /** Sends the ledger records and the log of a request on their way, where their own write has failed. */
  recordUsage(settled: SettledRequest, waitUntil: GatewayRequest['waitUntil']): void {
    this.#dependencies.recordUsage(settled, waitUntil);
  }

  /**
   * Chooses the provider and the model of a request: of a route the target that is tried first, of those that `isUsable` accepts
   * if there are any. Throws `invalid_request` where none can be chosen, `forbidden` for what the API key is not allowed to use,
   * `unavailable` where the tenant's own provider key cannot be read.
   */
  async chooseTarget(
    request: ChoosableRequest,
    isUsable: (target: Target) => boolean = () => true,
  ): Promise<ChosenTarget> {
    const routesRead = this.#readRoutes(request);
    if (routesRead) await routesRead;
    const route = findRoute(this.#dependencies, request);
    if (!route) return await chooseTarget(this.#dependencies, request);
    const plan = await createRoutePlan(this.#dependencies, request, route, this.now());
    const target = plan.first(isUsable);
    if (!target) throw new GatewayError('internal');
    return { ...target, models: listRouteNames(this.#dependencies, request, route) };
  }

  /**
   * Makes a request: by one `send` to its target, or, where it names a route or lists models, by as many as it takes until one target
   * has answered. `around` is called once it is known where the request goes, and may answer it in another way than by `answer`, which
   * takes the request as it is sent. Rejects as `chooseTarget` and `send` do.
   */
  async run<Result>(
    request: GatewayRequest,
    send: (request: TargetedRequest) => Promise<Result>,
    around: AroundRequest<Result> = (_destination, answer) => answer(request),
  ): Promise<Result> {
    const dependencies = this.#dependencies;
    const routesRead = this.#readRoutes(request);
    if (routesRead) await routesRead;
    const route = findRoute(dependencies, request);
    if (!route) {
      const target = await chooseTarget(dependencies, request);
      return await around({ targets: [target] }, (sent) => send({ ...sent, target }));
    }
    const startedAtMs = this.now();
    const plan = await createRoutePlan(dependencies, request, route, startedAtMs);
    const destination = { route, targets: plan.candidates };
    return await around(destination, (sent) => runRoute(dependencies, sent, { route, plan, startedAtMs }, send));
  }

  /** Admits and records a request that an earlier reply answers. Rejects as admission does. Resolves with the report of the request. */
  async admitCached(request: GatewayRequest, reply: CachedReply, startedAtMs: number): Promise<RequestReport> {
    return await admitCached(this.#dependencies, request, reply, startedAtMs);
  }

  /** Returns undefined where there is nothing to wait for, as for nearly every request. */
  #readRoutes({ waitUntil = ignore }: ChoosableRequest): Promise<unknown> | undefined {
    const routesRead = this.#dependencies.routes.ready(waitUntil);
    // Both are read at once.
    return routesRead && Promise.all([routesRead, this.prices.ready(waitUntil)]);
  }

  /** Resolves with the providers for which the tenant has a key of its own, and that the API key may use. */
  async findByokProviders(principal: GatewayRequest['principal']): Promise<Provider[]> {
    return await findByokProviders(this.#dependencies, principal);
  }

  /** Returns the providers with keys of a tenant's own, by their ids; undefined for one that no request has used in this isolate. */
  peekByokProviders(
    tenantId: string,
    keys: GatewayRequest['principal']['providerKeys'],
  ): ReadonlyMap<string, Provider | undefined> {
    const { byokProviders } = this.#dependencies;
    return new Map(keys.map((key) => [key.provider, byokProviders.peek(tenantId, key)]));
  }

  /**
   * Lists the models of a provider that are known by name, for a tenant: of a vendor, those of its list; with a key of the
   * tenant's own, those of its account too. An outdated list is renewed behind the reply, by `waitUntil`.
   */
  listModels(
    entry: RegistryEntry,
    principal: GatewayRequest['principal'],
    waitUntil: GatewayRequest['waitUntil'],
  ): ModelPrice[] {
    const { providerKeys } = principal;
    const isListed = entry.hasModelList ?? this.registry.hasOwnKey(entry, providerKeys);
    const isAsked = isListed && this.registry.isEnabled(entry, providerKeys);
    const listed = isAsked ? this.#dependencies.modelLists.read(entry, principal, waitUntil) : undefined;
    return listModels(entry, this, new Date(this.now()), listed);
  }

  /** Reads or deletes an object that a provider stores, which costs nothing. */
  async requestObject(request: ObjectRequest): Promise<ObjectResponse> {
    return await requestObject(request, this.#dependencies.timeouts.firstByteMs);
  }

  /** Sends a chat request and reads the whole response. */
  async complete(chatRequest: ChatGatewayRequest): Promise<CompletedChat> {
    const { request, continuations } = await this.#continue(chatRequest);
    const attempt = await startAttempt(this.#dependencies, request, () => readRequestSize(request.chat));
    try {
      const upstream = await sendChat(attempt, request, false);
      const body = decoder.decode(await readBody(attempt.deadlines, upstream));
      const response = attempt.provider.decodeResponse(body, request.chat);
      attempt.recordResponse(response);
      if (request.series?.isHeld) rejectEmpty(response, attempt);
      const result = attempt.complete(response.finishReason, OutputAccumulator.of(response, attempt.tokenFactor));
      const content = continuations ? await continuations.addToContent(response.content) : response.content;
      return { ...result, content, refusal: response.refusal, report: attempt.answeredReport() };
    } catch (error) {
      throw attempt.fail(error);
    }
  }

  /** Sends a chat request whose response is streamed. Resolves once the provider has answered with status 2xx. */
  async stream(chatRequest: ChatGatewayRequest): Promise<StreamedChat> {
    const { request, continuations } = await this.#continue(chatRequest);
    const attempt = await startAttempt(this.#dependencies, request, () => readRequestSize(request.chat));
    try {
      const reply = await splitWholeReply(attempt.deadlines, await sendChat(attempt, request, true));
      const events =
        reply.type === 'stream'
          ? new ChatStream(attempt, reply.response, attempt.provider.createDecoder(request.chat), continuations)
          : replayReply(attempt, reply.body, request.chat, continuations);
      if (request.series?.isHeld) await events.readToContent(getMaxHoldMs(request.source));
      return { report: attempt.answeredReport(), events, ended: attempt.ended };
    } catch (error) {
      throw attempt.fail(error);
    }
  }

  /** Resolves with a chat request as its target gets it: what opaque values stand for in their place. */
  async restoreContinuations(
    request: Pick<ChatGatewayRequest, 'principal' | 'chat'>,
    target: Target,
  ): Promise<Omit<ChatRequest, 'model'>> {
    return await this.#dependencies.continuity.restore(request, target);
  }

  async #continue(
    chatRequest: ChatGatewayRequest,
  ): Promise<{ request: ChatGatewayRequest; continuations: ReplyContinuations | undefined }> {
    const request = applyPromptCache(chatRequest);
    const { target, takesOpaqueValues } = request;
    if (!takesOpaqueValues || !target) return { request, continuations: undefined };
    const chat = await this.restoreContinuations(request, target);
    return { request: { ...request, chat }, continuations: this.#dependencies.continuity.createReply(request, target) };
  }

  /** Sends a client's own body and reads the whole response, which is decoded for its usage only. */
  async forward(request: ForwardRequest): Promise<ForwardResponse> {
    const attempt = await startAttempt(this.#dependencies, request, request.size);
    try {
      const response = await sendBody(attempt, request, false);
      const headers = selectReplyHeaders(response.headers);
      const body = await readBody(attempt.deadlines, response);
      const text = decoder.decode(body);
      const reply = meterReply(request.endpoint, text, request.series?.isHeld);
      if (request.series?.isHeld) rejectEmpty(reply, attempt);
      const result = completeForwarded(attempt, reply);
      await request.beforeEnd?.(text);
      return { ...result, body, headers, report: attempt.answeredReport() };
    } catch (error) {
      throw attempt.fail(error);
    }
  }

  /**
   * Sends a client's own body whose response may be JSON, events, text, audio or pictures. Resolves once short JSON has been read, or
   * the provider has answered with anything else. The request is settled when its response has ended.
   */
  async forwardMedia(request: ForwardMediaRequest): Promise<ForwardMediaResponse> {
    const attempt = await startAttempt(this.#dependencies, request, request.size);
    try {
      const { endpoint, encodeError } = request;
      const response = await sendBody(attempt, request, request.source === 'stream');
      const { kind, contentType } = readMediaType(response.headers, attempt.provider.name);
      const common = { headers: selectReplyHeaders(response.headers), contentType, ended: attempt.ended };
      const { readable, writable } = new IdentityTransformStream();
      if (kind === 'events') {
        const stream = { attempt, meter: new MeteredStream(attempt, endpoint), response, writable, encodeError };
        request.waitUntil(rewriteStream({ ...stream, stripUsageChunk: false }));
        return { ...common, body: readable, report: attempt.answeredReport() };
      }
      const reader = new BodyReader(response, attempt.deadlines);
      const isJson = kind === 'json';
      const head = isJson ? await readHead(reader) : { parts: [], isWhole: false };
      if (head.isWhole) {
        const body = concatBytes(head.parts);
        completeForwarded(attempt, meterReply(endpoint, decoder.decode(body)));
        await reader.close();
        return { ...common, body, report: attempt.answeredReport() };
      }
      request.waitUntil(pipeMedia({ attempt, endpoint, reader, writable, head: head.parts, isJson }));
      return { ...common, body: readable, report: attempt.answeredReport() };
    } catch (error) {
      throw attempt.fail(error);
    }
  }

  /**
   * Sends a client's own body whose response is streamed. Resolves once the provider has answered with status 2xx. The request
   * is settled when its response has ended or was cut off, or the client has disconnected.
   */
  async forwardStream(request: ForwardStreamRequest): Promise<ForwardStreamResponse> {
    const attempt = await startAttempt(this.#dependencies, request, request.size);
    try {
      const upstream = await sendBody(attempt, request, true);
      const headers = selectReplyHeaders(upstream.headers);
      const reply = await splitWholeReply(attempt.deadlines, upstream);
      const report = attempt.answeredReport();
      const { encodeError, stripUsageChunk, endpoint, replies, beforeEnd } = request;
      if (reply.type === 'whole') {
        const text = decoder.decode(reply.body);
        const decoded = endpoint.decodeResponse(text);
        const body = streamText(request.encodeReply?.(text) ?? text);
        completeForwarded(attempt, decoded);
        await request.beforeEnd?.(text);
        return { body, headers, report, ended: attempt.ended };
      }
      const response = request.series?.isHeld
        ? await holdToContent(attempt, reply.response, { endpoint, replies, maxMs: getMaxHoldMs(request.source) })
        : reply.response;
      const { readable, writable } = new IdentityTransformStream();
      const stream = { attempt, meter: new MeteredStream(attempt, endpoint, replies), response, writable, encodeError };
      // Only a body that the runtime has fetched can be piped; a body made in JavaScript has no URL.
      // A pipe does not hold an event back, and an error may name the operator's account.
      const isRewritten = stripUsageChunk || beforeEnd !== undefined || attempt.provider.masksErrors;
      const isPiped = !isRewritten && response.url !== '' && response.body;
      const rewritten = { ...stream, stripUsageChunk, beforeEnd };
      request.waitUntil(isPiped ? pipeStream(stream, response.body) : rewriteStream(rewritten));
      return { body: readable, headers, report, ended: attempt.ended };
    } catch (error) {
      throw attempt.fail(error);
    }
  }
}

function applyPromptCache(request: ChatGatewayRequest): ChatGatewayRequest {
  const promptCache = request.series?.promptCache ?? 'off';
  return promptCache === 'off' ? request : { ...request, chat: { ...request.chat, promptCache } };
}

function streamText(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}
