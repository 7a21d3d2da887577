/** The fate of a queue message: it is acknowledged, or the queue delivers it again after `delayMs` milliseconds. */
export type MessageOutcome = { readonly action: 'ack' } | { readonly action: 'retry'; readonly delayMs: number };
