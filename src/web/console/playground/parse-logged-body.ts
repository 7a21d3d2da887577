import { isRecord, type JsonRecord, parseJsonText } from './json-value.ts';
import type { LoggedConversation } from './logged-conversation.ts';
import { readLoggedChat } from './read-logged-chat.ts';
import { readLoggedMessages } from './read-logged-messages.ts';
import { readLoggedResponses } from './read-logged-responses.ts';

type ReadBody = (body: JsonRecord) => LoggedConversation;

const readers: ReadonlyMap<string, ReadBody> = new Map([
  ['/v1/chat/completions', readLoggedChat],
  ['/v1/messages', readLoggedMessages],
  ['/v1/responses', readLoggedResponses],
]);

/** Parses the body of a logged request to a path of the API. A string says why that is not possible. */
export function parseLoggedBody(path: string, text: string): LoggedConversation | string {
  const read = readers.get(path);
  if (!read) return `The playground cannot read requests to ${path}.`;
  const body = parseJsonText(text);
  return isRecord(body) ? read(body) : 'The body that is kept is not JSON.';
}
