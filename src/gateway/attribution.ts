import { GatewayError } from '../domain/errors.ts';
import type { RequestTags } from '../domain/logging.ts';
import type { RequestPrincipal } from '../domain/principal.ts';
import { sha256Sync } from '../lib/sha256.ts';

/** To whom a request is attributed. */
export interface Attribution {
  /** The client's own id of its user: 1 to 128 printable characters. */
  readonly endUser?: string | undefined;
  /** Its conversation, likewise. */
  readonly sessionId?: string | undefined;
  readonly tags?: RequestTags | undefined;
}

/** Where a request says to whom it is attributed. */
export interface AttributionSources {
  /** The values of `x-gateway-user`, `x-gateway-session`, `x-gateway-tags` and `x-claude-code-session-id`. */
  readonly user?: string | null | undefined;
  readonly session?: string | null | undefined;
  readonly tags?: string | null | undefined;
  readonly claudeCodeSession?: string | null | undefined;
  /** The body, in the client's protocol. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

export const maxIdLength = 128;
/** A longer `metadata.user_id` is not one of Claude Code's. */
const maxUserIdLength = 512;
const maxTags = 8;
/** The names of the sums of what has no label, and of labels beyond the bounds. */
const reservedIds: ReadonlySet<string> = new Set(['(none)', '(other)']);

/**
 * Reads to whom a request is attributed: the end user that the API key has, else what the headers say, else the body: `user` and
 * `safety_identifier` of OpenAI, `metadata.user_id` of Anthropic. Ids that are longer or not printable are hashed. Tags that the tenant
 * has not declared are left out. Throws `invalid_request` for `x-gateway-tags` that cannot be parsed, and where the API key or its
 * tenant requires an end user and there is none.
 */
export function readAttribution(
  principal: Pick<RequestPrincipal, 'endUser' | 'requireEndUser' | 'tagNames'>,
  { user, session, tags, claudeCodeSession, body }: AttributionSources,
): Attribution {
  const ofBody = body && readBodyIds(body);
  const endUser = principal.endUser ?? toId(user) ?? toId(ofBody?.user);
  if (endUser === undefined && principal.requireEndUser) throw missingEndUserError();
  return {
    endUser,
    sessionId: toId(session) ?? toId(ofBody?.session) ?? toId(claudeCodeSession),
    tags: tags == null ? undefined : parseTags(tags, principal.tagNames),
  };
}

function missingEndUserError(): GatewayError {
  return new GatewayError(
    'invalid_request',
    'This API key requires an end user: send the id of your user in the header x-gateway-user, in user (OpenAI) or in metadata.user_id (Anthropic).',
  );
}

interface BodyIds {
  readonly user: unknown;
  readonly session?: unknown;
}

function readBodyIds({
  user,
  safety_identifier: safetyIdentifier,
  metadata,
}: Readonly<Record<string, unknown>>): BodyIds {
  if (isText(user)) return { user };
  if (isText(safetyIdentifier)) return { user: safetyIdentifier };
  const userId =
    typeof metadata === 'object' && metadata !== null && 'user_id' in metadata ? metadata.user_id : undefined;
  return isText(userId) ? parseClaudeCodeUser(userId) : { user: undefined };
}

/**
 * Parses the `metadata.user_id` of Claude Code: `user_<device>_account_<account>_session_<session>`, or JSON with `device_id`,
 * `account_uuid` and `session_id`. The account is the end user, or else the device. Any other text is an end user as it is.
 */
function parseClaudeCodeUser(text: string): BodyIds {
  // The pattern takes long for a long text that almost matches.
  if (text.length > maxUserIdLength) return { user: text };
  const [match, device, account, session] = /^user_(\w+?)_account_([\w-]*?)_session_([\w-]+)$/.exec(text) ?? [];
  if (match !== undefined) return { user: account || device, session };
  if (!text.startsWith('{')) return { user: text };
  try {
    const parsed: Readonly<Record<string, unknown>> = JSON.parse(text);
    const user = [parsed.account_uuid, parsed.device_id].find(isText);
    return user === undefined ? { user: text } : { user, session: parsed.session_id };
  } catch {
    return { user: text };
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Returns an id as it is stored: as it is, or its SHA-256 if it is longer or not printable. Undefined if there is none. */
function toId(value: unknown): string | undefined {
  if (!isText(value) || reservedIds.has(value)) return undefined;
  if (value.length <= maxIdLength && isPrintable(value)) return value;
  return `sha256:${sha256Sync(value)}`;
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text) || (text.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text));
}

/** Parses `team=search,env=prod`. */
function parseTags(text: string, declared: readonly string[]): RequestTags | undefined {
  if (text.trim() === '') return undefined;
  const pairs = text.split(',').map((pair) => /^\s*([A-Za-z][\w.-]{0,63})\s*=\s*([\x20-\x7e]{1,128}?)\s*$/.exec(pair));
  if (pairs.length > maxTags || pairs.includes(null)) {
    throw new GatewayError(
      'invalid_request',
      `x-gateway-tags: must be up to ${maxTags} tags such as team=search,env=prod, with values of 1 to 128 printable ASCII characters.`,
    );
  }
  const declaredTags = pairs.flatMap((pair) =>
    pair?.[1] !== undefined && declared.includes(pair[1]) ? [[pair[1], pair[2]]] : [],
  );
  return declaredTags.length > 0 ? Object.fromEntries(declaredTags) : undefined;
}
