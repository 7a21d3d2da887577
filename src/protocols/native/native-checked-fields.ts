import { unambiguousFields } from '../../lib/ambiguous-fields.ts';

/** The fields of a native body that route or bound its request. Any other name in another case is an unknown field. */
export const nativeCheckedFields = unambiguousFields(['model', 'models', 'provider', 'maxTokens']);
