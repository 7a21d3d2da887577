import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { previousNotFoundError } from './find-previous-items.ts';
import { findItemReferences } from './item-references.ts';
import { isResponseId, readResponseIds } from './response-ids.ts';

/** The most ids that a request may name: they are one parameter of a statement. */
const maxIds = 1000;

type Body = Readonly<Record<string, unknown>>;

interface PassedRequest {
  readonly responses: ResponseStore;
  readonly tenantId: string;
  readonly target: Target;
  readonly body: Body;
}

/**
 * Throws `not_found` for a response, an item or a conversation that a request names by its id and that is not recorded for its
 * tenant, unless the tenant's own key is used: the operator's account has those of all tenants. Throws `invalid_request` for more than
 * 1,000 ids.
 */
export async function rejectUnrecordedIds({ responses, tenantId, target, body }: PassedRequest): Promise<void> {
  const { provider } = target;
  if (provider.isByok) return;
  const reason = `for this tenant: send the whole conversation in input, or store the tenant's own key for ${provider.name}`;
  if ((body.conversation ?? null) !== null) throw previousNotFoundError(reason, ['conversation']);
  const references = findReferences(body);
  if (references.length === 0) return;
  const ids = [...new Set(references.flatMap(({ id }) => (isResponseId(id) ? [id] : [])))];
  if (ids.length > maxIds) {
    const count = maxIds.toLocaleString('en-US');
    throw invalidFieldError(['input'], `refers to more than ${count} stored items: send the items themselves`);
  }
  const malformed = references.find(({ id }) => !isResponseId(id));
  const unrecordedId = malformed ? malformed.id : await responses.findUnrecordedId(tenantId, provider.id, ids);
  const unrecorded = unrecordedId === undefined ? malformed : references.find(({ id }) => id === unrecordedId);
  if (unrecorded) throw previousNotFoundError(reason, unrecorded.path);
}

function findReferences(body: Body): { readonly path: FieldPath; readonly id: unknown }[] {
  const items = findItemReferences(body.input).map(({ index, id }) => ({ path: ['input', index, 'id'], id }));
  const previousId = body.previous_response_id ?? null;
  return previousId === null ? items : [{ path: ['previous_response_id'], id: previousId }, ...items];
}

/**
 * Returns what records the ids of a response that the provider stores in the operator's account, before its client gets the end of
 * it; undefined where it is not stored, or in the tenant's own account.
 */
export function createIdRecorder({
  responses,
  tenantId,
  target: { provider },
  body,
}: PassedRequest): ((text: string) => Promise<void>) | undefined {
  if (provider.isByok || body.store === false) return undefined;
  return async (text) => {
    const ids = readResponseIds(text);
    if (ids) await responses.record({ tenantId, provider: provider.id, ...ids });
  };
}
