import { type GraphQLReply, readReply } from './read-reply.ts';

/** An operation as it is sent. */
export interface GraphQLRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** Sends an operation and reads its result. */
export async function execute({ url, headers, body }: GraphQLRequest): Promise<GraphQLReply> {
  const accept = 'application/graphql-response+json, application/json';
  return await readReply(await fetch(url, { method: 'POST', headers: { ...headers, accept }, body }));
}
