import { isOpaqueValue, mayContainOpaqueValue } from '../../domain/opaque-value.ts';
import { TranslationReport } from '../../domain/translation-report.ts';
import type { Compactions } from '../../gateway/continuity/compactions.ts';
import type { HttpContext } from '../../http/context.ts';
import { changeJsonValues } from '../../lib/change-json-values.ts';
import { openCompaction, readCompaction } from './open-compactions.ts';

type Body = Readonly<Record<string, unknown>>;

interface PlainBody {
  readonly text: string;
  readonly body: Body;
}

/**
 * Replaces the summaries of the gateway's in the body of a Responses request by what they say, and removes the other items whose
 * encrypted content is an opaque value of the gateway's. A summary that cannot be read is removed and reported. The rest of the
 * text stays byte for byte.
 */
export async function openResponsesOpaqueValues(
  context: HttpContext,
  compactions: Compactions,
  { text, body }: PlainBody,
): Promise<PlainBody> {
  if (!mayContainOpaqueValue(text) || !Array.isArray(body.input)) return { text, body };
  const { tenantId } = context.get('principal');
  const items: readonly unknown[] = body.input;
  const report = new TranslationReport();
  const changes = new Map<number, string | null>();
  for (const [index, item] of items.entries()) {
    if (!hasOpaqueContent(item)) continue;
    const message = await openCompaction(compactions, tenantId, item);
    changes.set(index, message ? JSON.stringify(message) : null);
    if (!message && readCompaction(item) !== undefined) report.drop(['input', index]);
  }
  if (changes.size === 0) return { text, body };
  if (report.dropped.length > 0) context.set('translation', report);
  const changed = changeJsonValues(text, ['input', '*'], ([, index]) => changes.get(Number(index)));
  return { text: changed, body: JSON.parse(changed) };
}

function hasOpaqueContent(item: unknown): boolean {
  return typeof item === 'object' && item !== null && isOpaqueValue(Reflect.get(item, 'encrypted_content'));
}
