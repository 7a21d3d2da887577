import { GatewayError, toGatewayError } from '../domain/errors.ts';
import type { Route } from '../domain/route.ts';
import { classifyFailure } from '../routing/classify-failure.ts';
import { AttemptSeries } from './attempt-series.ts';
import { ClientDisconnectedError } from './deadlines.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { GatewayRequest, Target } from './gateway-request.ts';
import type { Candidate, RoutePlan } from './route-plan.ts';

/** A request with the target of its attempt. */
export type TargetedRequest = GatewayRequest & { readonly target: Target };

/** A route with the plan of one request over its targets. */
interface PlannedRoute {
  readonly route: Route;
  readonly plan: RoutePlan;
  /** When the request started. */
  readonly startedAtMs: number;
}

/** How often what is reserved is kept alive during a pause between attempts. */
const maxWaitStepMs = 4_000;

/**
 * Sends a request to the targets of a route, one after the other, until one has answered: with a whole reply, or with the first
 * content of a stream. `send` makes one attempt. Rejects with the error that the client is to see: the last one in which a provider
 * has answered, with a report of all attempts.
 */
export async function runRoute<Result>(
  dependencies: GatewayDependencies,
  request: GatewayRequest,
  { route, plan, startedAtMs }: PlannedRoute,
  send: (request: TargetedRequest) => Promise<Result>,
): Promise<Result> {
  const series = new AttemptSeries({
    dependencies,
    request,
    plan,
    routeName: request.models ? undefined : route.name,
    promptCache: route.promptCache,
    startedAtMs,
  });
  request.waitUntil(series.settled);
  const run = new RouteRun(dependencies, request, plan, series);
  let answer: { readonly result: Result } | undefined;
  try {
    for (let next = plan.next(); next; next = plan.next()) {
      await run.pause(next.atMs);
      answer = await run.attempt(next.candidate, send);
      if (answer) return answer.result;
    }
    throw run.createError();
  } finally {
    series.finish(answer !== undefined);
  }
}

/** The run of one request over its plan. */
class RouteRun {
  readonly #dependencies: GatewayDependencies;
  readonly #request: GatewayRequest;
  readonly #plan: RoutePlan;
  readonly #series: AttemptSeries;
  /** The error of the last attempt, and the last one in which a provider has answered. */
  #lastError: GatewayError | undefined;
  #answeredError: GatewayError | undefined;

  constructor(dependencies: GatewayDependencies, request: GatewayRequest, plan: RoutePlan, series: AttemptSeries) {
    this.#dependencies = dependencies;
    this.#request = request;
    this.#plan = plan;
    this.#series = series;
  }

  /** Waits until a time. Rejects with a ClientDisconnectedError where the client leaves. */
  async pause(untilMs: number): Promise<void> {
    const { now } = this.#dependencies;
    const { signal } = this.#request;
    for (let remainingMs = untilMs - now(); remainingMs > 0; remainingMs = untilMs - now()) {
      await waitOrAbort(Math.min(remainingMs, maxWaitStepMs), signal);
      if (signal.aborted) throw new ClientDisconnectedError();
      this.#series.keepAlive();
    }
  }

  /** Makes one attempt. Resolves with undefined where another target may answer, and rejects where none is to be asked. */
  async attempt<Result>(
    candidate: Candidate,
    send: (request: TargetedRequest) => Promise<Result>,
  ): Promise<{ readonly result: Result } | undefined> {
    const { health, now } = this.#dependencies;
    const { provider, model } = candidate;
    const startedAtMs = now();
    this.#series.prepare(candidate, this.#plan.hasOther(candidate));
    health.recordStart(provider, model);
    try {
      const result = await send({ ...this.#request, target: candidate, series: this.#series });
      health.recordAnswer(provider, model);
      return { result };
    } catch (thrown) {
      if (thrown instanceof ClientDisconnectedError) {
        health.recordNeutral(provider, model);
        throw thrown;
      }
      this.#recordError(candidate, toGatewayError(thrown), now() - startedAtMs);
      return undefined;
    }
  }

  #recordError(candidate: Candidate, error: GatewayError, ms: number): void {
    const { provider, model } = candidate;
    const failure = classifyFailure(error);
    if (failure) {
      this.#plan.recordFailure(candidate, failure, error);
      this.#summarize(candidate, error, ms, error.detail ?? error.code);
      this.#lastError = error;
      if (error.report?.upstreamStatus !== undefined) this.#answeredError = error;
      return;
    }
    this.#dependencies.health.recordNeutral(provider, model);
    if (!this.#isOfTarget(error)) throw this.#addReport(error);
    const isBudget = error.code === 'budget_exceeded';
    this.#plan.exclude(candidate);
    // The money that is left is not for targets that have failed.
    if (isBudget && this.#series.isAdmitted) this.#plan.stopRetries();
    this.#summarize(candidate, error, ms, isBudget ? 'budget' : error.code);
    this.#lastError ??= error;
  }

  /** Whether the gateway has refused an attempt for what its target is: the request cannot be expressed there, or costs too much. */
  #isOfTarget(error: GatewayError): boolean {
    if (error.origin !== 'gateway') return false;
    if (error.code === 'invalid_request') return true;
    return error.code === 'budget_exceeded' && (this.#series.isAdmitted || !error.retryable);
  }

  #summarize({ provider, model }: Candidate, error: GatewayError, ms: number, reason: string): void {
    const status = error.report?.upstreamStatus ?? null;
    this.#series.summaries.push({ provider: provider.id, model, status, ms, reason });
  }

  /** Creates the error of a request that no target has answered. */
  createError(): GatewayError {
    const error = this.#answeredError ?? this.#lastError ?? new GatewayError('provider_timeout');
    return this.#addReport(error);
  }

  #addReport(error: GatewayError): GatewayError {
    const { routeName, number, summaries } = this.#series;
    // It may be the error of an earlier attempt.
    error.updateReport({ route: routeName, attempts: number, failedAttempts: summaries });
    return error;
  }
}

/** Resolves after a time, or once the signal is aborted. */
async function waitOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
