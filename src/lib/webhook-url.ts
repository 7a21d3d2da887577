import { findHostProblem, isLoopbackHost } from './public-host.ts';

/** The part of the environment that decides which URLs are allowed. */
export interface WebhookUrlRules {
  /** Whether the gateway runs on a developer's machine: plain http and loopback are allowed there. */
  readonly local: boolean;
}

const maxUrlLength = 2048;
const minPort = 1024;

/** Ports from 1024 on that the fetch standard blocks: servers on them take an HTTP request for their own protocol. */
const blockedPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * Checks a URL for webhooks. Returns the problem as the end of a sentence that begins with the name of the field (`must
 * be …`); undefined for an allowed URL. The host is checked as the WHATWG parser reads it, which is what `fetch` does:
 * there `0x7f.1`, `2130706433` and full-width digits are 127.0.0.1.
 *
 * Allowed ports are 443 and those from 1024 on. Lower ports belong to other protocols (SSH, SMTP, LDAP, …), and a
 * tenant must not send bytes to those. Receivers on ports of their own are above.
 *
 * A Worker cannot resolve names, so a public name that points at a private address is not detected here. Cloudflare's
 * `fetch` leaves from its edge and reaches no network behind it. Names that are known to stand for private addresses
 * are rejected all the same, and redirects are never followed.
 */
export function findWebhookUrlProblem(url: string, { local }: WebhookUrlRules): string | undefined {
  const schemes = local ? 'http:// or https://' : 'https://';
  if (url.length > maxUrlLength) return `must be at most ${maxUrlLength} characters long`;
  // The parser accepts all of these, and other parsers read the same text in other ways.
  if (hasOddCharacters(url)) return 'must not contain spaces, control characters or backslashes';
  const parsed = /^https?:\/\/[^/]/i.test(url) ? URL.parse(url) : null;
  if (!parsed || (parsed.protocol === 'http:' && !local)) return `must be an absolute ${schemes} URL`;
  if (parsed.username !== '' || parsed.password !== '') return 'must not contain a user name or a password';
  if (local && isLoopbackHost(parsed.hostname)) return undefined;
  return findPortProblem(parsed) ?? findHostProblem(parsed.hostname);
}

function hasOddCharacters(url: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\\]/u.test(url);
}

function findPortProblem({ port }: URL): string | undefined {
  if (port === '') return undefined;
  if (Number(port) >= minPort && !blockedPorts.has(Number(port))) return undefined;
  return `must have the port 443 or one from ${minPort} on that no other protocol uses`;
}
