import type { Principal } from '../domain/principal.ts';

/** The part of a request that says how it is translated. */
export interface StrictContext {
  get(name: 'principal'): Principal;
  readonly req: { header(name: string): string | undefined };
}

/** Returns whether a field that a translation would drop is an error: for a strict API key, or by `x-gateway-strict: true`. */
export function isStrictRequest(context: StrictContext): boolean {
  return context.get('principal').strict || hasStrictHeader(context);
}

/** Returns whether the client asks for a strict translation. The header cannot loosen a key. */
export function hasStrictHeader({ req }: Pick<StrictContext, 'req'>): boolean {
  return req.header('x-gateway-strict')?.toLowerCase() === 'true';
}
