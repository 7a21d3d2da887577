export const requestSources = ['sync', 'stream', 'job'] as const;

/** How a request came in. */
export type RequestSource = (typeof requestSources)[number];

/** The source of a ledger row. `adjustment` is the cost that an operator booked when settling a hold. */
export type LedgerSource = RequestSource | 'adjustment';

export const ledgerStatuses = ['completed', 'failed', 'client_gone'] as const;

/** How a request ended; `client_gone` if its client disconnected. */
export type LedgerStatus = (typeof ledgerStatuses)[number];

export const tokenSources = ['provider', 'estimated', 'none'] as const;

/** Where the token counts of a request come from. */
export type TokenSource = (typeof tokenSources)[number];

/** The price version of ledger entries for requests that an earlier reply has answered. */
export const cachePriceVersion = 'cache';
