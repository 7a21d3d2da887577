import { findHostProblem, isLoopbackHost } from './public-host.ts';

/** Where the gateway runs, as far as it changes which URLs are allowed. */
export interface WebhookUrlRules {
  /** Whether this is somebody's own machine: plain http and loopback are allowed there. */
  readonly local: boolean;
}

const maxUrlLength = 2048;
const lowestPort = 1024;

/** Ports from 1024 on that the fetch standard blocks: what listens there takes an HTTP request for its own protocol. */
const blockedPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * What is wrong with a URL that webhooks are to be sent to, as the end of a sentence that begins with the name of its field
 * (`must be …`); undefined where nothing is. The host is looked at as the WHATWG parser reads it, which is what `fetch` will
 * do: `0x7f.1`, `2130706433` and full-width digits are 127.0.0.1 by then.
 *
 * Ports are 443 and those from 1024 on: below, everything but 443 belongs to another protocol (SSH, SMTP, LDAP, …), to which
 * nobody should be able to send bytes from here; receivers on ports of their own are above.
 *
 * A Worker cannot resolve names, so a public name that points at a private address is not found out here. Cloudflare's
 * `fetch` leaves from its edge and reaches no network behind it, whatever a name resolves to; the names that are known to
 * stand for private addresses are refused all the same, and no redirect is ever followed.
 */
export function findWebhookUrlProblem(url: string, { local }: WebhookUrlRules): string | undefined {
  const schemes = local ? 'http:// or https://' : 'https://';
  if (url.length > maxUrlLength) return `must be at most ${maxUrlLength} characters long`;
  // The parser forgives all of these, and other readers of the same text take them in other ways.
  if (hasOddCharacters(url)) return 'must not contain spaces, control characters or backslashes';
  const parsed = /^https?:\/\/[^/]/i.test(url) ? URL.parse(url) : null;
  if (!parsed || (parsed.protocol === 'http:' && !local)) return `must be an absolute ${schemes} URL`;
  if (parsed.username !== '' || parsed.password !== '') return 'must not contain a user name or a password';
  if (local && isLoopbackHost(parsed.hostname)) return undefined;
  return portFault(parsed) ?? findHostProblem(parsed.hostname);
}

function hasOddCharacters(url: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\\]/u.test(url);
}

function portFault({ port }: URL): string | undefined {
  if (port === '') return undefined;
  if (Number(port) >= lowestPort && !blockedPorts.has(Number(port))) return undefined;
  return `must have the port 443 or one from ${lowestPort} on that no other protocol uses`;
}
