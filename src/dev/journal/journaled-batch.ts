import type { Envelope } from './journaled-queue.ts';

/** A batch as the product is to see it, and the ids of the journal entries that are done with afterwards. */
export interface JournaledBatch {
  readonly batch: MessageBatch;
  /** Call it when the product's handler has ended: well, or by throwing. */
  readonly acknowledged: (handlerThrew: boolean) => string[];
}

type Decision = 'ack' | 'retry' | undefined;

/**
 * Takes the messages of a batch out of their envelopes and notes what is decided for each. By Queues' rules the first
 * decision on a message stands, and what is left undecided is acknowledged, or retried where the handler threw.
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
    acknowledged: (handlerThrew) =>
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
