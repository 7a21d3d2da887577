import { GatewayError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import { TranslationReport } from '../domain/translation-report.ts';
import type { Provider } from '../providers/provider.ts';
import { dropFields, type ObjectPolicy } from './field-policy.ts';
import { hasStrictHeader } from './is-strict-request.ts';

type Body = Readonly<Record<string, unknown>>;

const maxIssues = 5;

/** What the translation of a request needs of its `HttpContext`. A job has none. */
export interface TranslationContext {
  get(name: 'principal'): Principal;
  set(name: 'translation', report: TranslationReport): void;
  readonly req: { header(name: string): string | undefined };
}

/**
 * Drops the fields of a request that its provider has no counterpart for, by the policy of the client's protocol, and starts the
 * report that the response's headers and the log show. Throws `invalid_request` that names them where the API key is strict, or
 * the client asks for that by `x-gateway-strict: true`.
 */
export function translateFields(
  context: TranslationContext,
  {
    body,
    policy,
    provider,
    mapPath,
  }: {
    readonly body: Body;
    readonly policy: ObjectPolicy;
    readonly provider: Provider;
    /** Maps a field of the gateway's own request to the client's. */
    readonly mapPath?: ConstructorParameters<typeof TranslationReport>[0];
  },
): { readonly body: Body; readonly report: TranslationReport } {
  const report = new TranslationReport(mapPath, () => strictAlternative(context));
  context.set('translation', report);
  const translated = dropFields(body, policy, provider.translationTarget, report);
  const alternative = report.dropped.length > 0 ? strictAlternative(context) : undefined;
  if (alternative !== undefined) {
    throw new GatewayError(
      'invalid_request',
      report.dropped.slice(0, maxIssues).map((path) => ({
        path,
        message: `is not supported by ${provider.name}: leave it out, or ${alternative}`,
      })),
    );
  }
  return { body: translated, report };
}

/** Parses a request whose fields were translated. Errors name the fields where the client has sent them. */
export function parseTranslated<Parsed>(report: TranslationReport, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (thrown) {
    throw report.locateError(thrown);
  }
}

/** Returns what a client can do instead of leaving a field out; undefined for a request that is not strict. */
function strictAlternative(context: TranslationContext): string | undefined {
  // The header cannot loosen a key: its owner decides what its users may lose.
  if (context.get('principal').strict) return 'use an API key that is not strict';
  return hasStrictHeader(context) ? 'send the request without x-gateway-strict' : undefined;
}
