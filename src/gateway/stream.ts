import type { StreamEvent } from '../core/completion.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { Attempt } from './attempt.ts';
import type { CallRequest, CallResult, GatewayDependencies } from './call-request.ts';
import { sizeOf } from './call-size.ts';
import { ClientGoneError } from './deadlines.ts';
import { ProducedText } from './produced-text.ts';
import { BodyReader, BrokenConnectionError } from './read-body.ts';
import { startAttempt } from './start-attempt.ts';

/** A provider's events; in the place of `finish` comes what the call came to. */
export type CallEvent =
  | Exclude<StreamEvent, { type: 'finish' }>
  | { readonly type: 'done'; readonly result: CallResult };

export interface StreamingCall {
  readonly provider: string;
  /** The model that was asked for. */
  readonly model: string;
  /** Milliseconds until the provider had answered with its headers. */
  readonly upstreamMs: number;
  /**
   * What each read of the provider's body completed. Ends after exactly one `done`, or throws a GatewayError, or a
   * ClientGoneError. Has to be read or returned: the call is settled when this ends.
   */
  readonly events: AsyncGenerator<readonly CallEvent[], void, undefined>;
}

/**
 * Starts a streamed call. Resolves once the provider has answered 2xx; rejects with a GatewayError (or a ClientGoneError)
 * where it has not, the call then being settled already.
 */
export async function stream(dependencies: GatewayDependencies, request: CallRequest): Promise<StreamingCall> {
  const attempt = await startAttempt(dependencies, request, () => sizeOf(request.call));
  try {
    const response = await attempt.send((provider, signal) =>
      provider.send({ ...request.call, model: attempt.model }, { stream: true, signal }),
    );
    const events = readEvents(attempt, response);
    // Begun here: of a generator that has not begun, `return` would settle nothing.
    await events.next();
    return {
      provider: attempt.provider.id,
      model: attempt.model,
      upstreamMs: dependencies.now() - attempt.deadlines.startedAtMs,
      events,
    };
  } catch (error) {
    throw attempt.fail(error);
  }
}

async function* readEvents(attempt: Attempt, response: Response): StreamingCall['events'] {
  const decoder = attempt.provider.createDecoder();
  const produced = new ProducedText();
  let settled = false;
  const take = (events: readonly StreamEvent[]): CallEvent[] =>
    events.map((event) => {
      attempt.note(event);
      produced.note(event);
      if (event.type !== 'finish') return event;
      settled = true;
      return { type: 'done', result: attempt.complete(event.finishReason) };
    });
  const reader = new BodyReader(response, attempt.deadlines);
  try {
    yield [];
    let broke: BrokenConnectionError | undefined;
    try {
      for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
        const events: StreamEvent[] = [];
        let failure: GatewayError | undefined;
        try {
          decoder.push(bytes, events);
        } catch (error) {
          failure = toGatewayError(error);
        }
        // What stood before an error in the same bytes has been produced all the same.
        if (events.length > 0) yield take(events);
        if (failure) throw failure;
        if (settled) return;
      }
    } catch (error) {
      if (!(error instanceof BrokenConnectionError)) throw error;
      broke = error;
    } finally {
      await reader.close();
    }
    const events: StreamEvent[] = [];
    try {
      decoder.end(events);
    } catch (error) {
      throw broke ?? error;
    }
    yield take(events);
    if (!settled) throw new GatewayError('provider_error', 'The provider ended its reply without saying so.');
  } catch (error) {
    throw attempt.fail(error, produced);
  } finally {
    // The reader of the events has left: had it not, the call would be settled by now.
    if (!settled) attempt.fail(new ClientGoneError(), produced);
  }
}
