import type { FieldPath } from '../../domain/error-issue.ts';
import { GatewayError, invalidFieldError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import { maxConversationResponses, type ResponseStore } from '../../responses-store/response-store.ts';

const path: FieldPath = ['previous_response_id'];

/** Returns the id of the response that a request continues. Throws `invalid_request` for a value that is none. */
export function parsePreviousId({ previous_response_id: id }: Readonly<Record<string, unknown>>): string | null {
  if (id === null || id === undefined) return null;
  if (typeof id !== 'string' || id.length > 256) throw invalidFieldError(path, 'must be the id of a response');
  return id;
}

/**
 * Finds the items of the stored responses that a request continues: their inputs and outputs, the oldest first. Instructions are
 * not among them. Throws `not_found` with `previous_response_not_found`, which Codex answers by sending the whole conversation.
 */
export async function findPreviousItems(
  responses: ResponseStore,
  principal: Pick<Principal, 'tenantId' | 'storeResponses'>,
  id: string | null,
): Promise<readonly unknown[]> {
  if (id === null) return [];
  if (!responses.isEnabled(principal)) {
    throw previousNotFoundError('because responses are not stored here: send the whole conversation in input');
  }
  const conversation = await responses.findConversation({ tenantId: principal.tenantId, id });
  switch (conversation.type) {
    case 'found':
      return conversation.turns.flatMap(({ input, output }) => [...input, ...output]);
    case 'not_found':
      throw previousNotFoundError(
        "because no such response is stored for this tenant and this model's provider: send the whole conversation in input",
      );
    case 'too_long':
      throw invalidFieldError(
        path,
        `continues more than ${maxConversationResponses} responses: send the conversation in input, or a part of it`,
      );
    case 'too_large':
      throw invalidFieldError(
        path,
        'continues more than 10 MiB, or a response that is too large to be continued: send a part of the conversation in input',
      );
  }
}

/** Creates the error of OpenAI's for a response that is unknown. */
export function previousNotFoundError(reason: string, at = path): GatewayError {
  const issue = { path: at, message: `is not found, ${reason}` };
  return new GatewayError('not_found', [issue], { reason: 'previous_response_not_found' });
}
