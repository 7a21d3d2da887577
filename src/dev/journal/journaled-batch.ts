import type { Envelope } from './journaled-queue.ts';

/** A batch for the Worker, and the journal entries that are done afterwards. */
export interface JournaledBatch {
  readonly batch: MessageBatch;
  /** Returns the ids of the entries to remove. Call it after the Worker's handler has returned or thrown. */
  readonly getAcknowledgedIds: (handlerThrew: boolean) => string[];
}

type Decision = 'ack' | 'retry' | undefined;

/**
 * Unwraps the messages of a batch and records the decision on each. By the rules of Queues the first decision counts. A
 * message without one is acknowledged, or retried if the handler threw.
 */
export function openBatch(batch: MessageBatch): JournaledBatch {
  const decisions = new Map<string, Decision>();
  const decide = (id: string, decision: Decision) => decisions.set(id, decisions.get(id) ?? decision);
  const decideAll = (decision: Decision) => {
    for (const { id } of batch.messages) decide(id, decision);
  };
  return {
    batch: {
      queue: batch.queue,
      metadata: batch.metadata,
      messages: batch.messages.map((message) => openMessage(message, decide)),
      ackAll() {
        decideAll('ack');
        batch.ackAll();
      },
      retryAll(options) {
        decideAll('retry');
        batch.retryAll(options);
      },
    },
    getAcknowledgedIds: (handlerThrew) =>
      batch.messages.flatMap(({ id, body }) => {
        const decision = decisions.get(id) ?? (handlerThrew ? 'retry' : 'ack');
        return decision === 'ack' && isEnvelope(body) ? [body.journalId] : [];
      }),
  };
}

function openMessage(message: Message, decide: (id: string, decision: Decision) => void): Message {
  return {
    id: message.id,
    timestamp: message.timestamp,
    attempts: message.attempts,
    body: isEnvelope(message.body) ? message.body.body : message.body,
    ack() {
      decide(message.id, 'ack');
      message.ack();
    },
    retry(options) {
      decide(message.id, 'retry');
      message.retry(options);
    },
  };
}

function isEnvelope(body: unknown): body is Envelope {
  return typeof body === 'object' && body !== null && 'journalId' in body && typeof body.journalId === 'string';
}
