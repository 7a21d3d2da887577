export const bodyRetentions = ['none', 'errors', 'all'] as const;

/** Which requests of an API key are kept with their bodies: none, those that fail, or all. */
export type BodyRetention = (typeof bodyRetentions)[number];

/** The tags of a request by their names, which the tenant has declared. */
export type RequestTags = Readonly<Record<string, string>>;

export const loggedStatuses = ['completed', 'failed', 'client_gone', 'refused'] as const;

/** How a request ended; `refused` if no provider was asked. */
export type LoggedStatus = (typeof loggedStatuses)[number];

export const usageLabelTypes = ['end_user', 'tag', 'route'] as const;

/** What requests are added up by beside the groups of the hourly sums. */
export type UsageLabelType = (typeof usageLabelTypes)[number];
