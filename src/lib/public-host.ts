import ipaddr from 'ipaddr.js';

/**
 * Names that mean nothing outside of one network: RFC 6761, 6762, 7686, 8375, 9476, and common names of private
 * networks.
 */
const privateSuffixes = [
  ...['localhost', 'local', 'localdomain', 'internal', 'intranet', 'private', 'corp', 'home', 'lan'],
  ...['workgroup', 'test', 'invalid', 'example', 'onion', 'alt', 'arpa', 'svc', 'cluster', 'consul', 'docker'],
  ...['fritz.box', 'belkin', 'dlink', 'router', 'modem', 'i2p'],
];

/** Public names whose sub-domains resolve to loopback or to the address that is written in them. */
const wildcardSuffixes = [
  ...['nip.io', 'sslip.io', 'xip.io', 'xip.name', 'traefik.me', 'backname.io', 'ip6.name', 'plex.direct', '1u.ms'],
  ...['rbndr.us', 'rebind.network', 'rebind.it', 'cmpxchg8b.com', 'local-ip.co', 'local-ip.sh', 'addr.tools'],
  ...['localtest.me', 'lvh.me', 'vcap.me', 'fuf.me', 'lacolhost.com', 'localho.st', 'smackaho.st', 'local.gd'],
  ...['localhost.direct', 'lcl.host', 'yoogle.com', '127-0-0-1.org.uk', 'burpcollaborator.net', 'loopback.jp'],
  ...['local-ip.medicmobile.org', 'localdev.me', 'lndo.site', 'ddev.site', 'localhost.tv', 'h.vhx.tv'],
];

/** Metadata services of clouds that have a public name or address. */
const metadataHosts = [
  ...['metadata.azure.com', 'metadata.tencentyun.com', 'metadata.packet.net', 'metadata.platformequinix.com'],
  ...['metadata.service.consul', '168.63.129.16'],
];

const maxHostLength = 253;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Letters, or punycode. */
const topLabel = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

const notPublicMessage = 'must have a host on the public Internet';

/**
 * Checks the host of a URL (`hostname` from the WHATWG parser). Returns the problem as the end of a sentence that
 * begins with the name of the field; undefined for a host that can be on the public Internet.
 */
export function findHostProblem(hostname: string): string | undefined {
  const host = hostname.replace(/\.$/, '');
  if (isUnder(host, metadataHosts)) return notPublicMessage;
  const address = toAddress(host);
  if (address) return isPublicAddress(address) ? undefined : notPublicMessage;
  const labels = host.split('.');
  if (host.length > maxHostLength || !labels.every((part) => label.test(part))) return 'must have a valid host name';
  if (labels.length < 2 || !topLabel.test(labels.at(-1) ?? '')) return notPublicMessage;
  const isPrivateName = isUnder(host, privateSuffixes) || isUnder(host, wildcardSuffixes) || hasPrivateAddress(host);
  return isPrivateName ? notPublicMessage : undefined;
}

/** Returns whether a host is this machine: a loopback address, `localhost` or a sub-domain of it. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  return isUnder(host, ['localhost']) || toAddress(host)?.range() === 'loopback';
}

function isUnder(host: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

/** The parser writes each IPv4 address as four decimal numbers, and an IPv6 address in brackets. */
function toAddress(host: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (host.startsWith('[')) return ipaddr.IPv6.parse(host.slice(1, -1));
  return ipaddr.IPv4.isValidFourPartDecimal(host) ? ipaddr.IPv4.parse(host) : undefined;
}

/**
 * Returns whether an address is global unicast. For IPv6 that is 2000::/3 (RFC 4291) without the ranges reserved in it.
 * Addresses that embed an IPv4 address (mapped, translated, 6to4, Teredo) do not count: a network may forward them to
 * that address.
 */
function isPublicAddress(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv4) return true;
  const [first = 0] = address.parts;
  return first >= 0x2000 && first < 0x3fff;
}

/** Returns whether a name contains a private IPv4 address, as in `10-0-0-1.wildcard.com`. */
function hasPrivateAddress(host: string): boolean {
  for (const [, ...numbers] of host.matchAll(/(?<!\d)(?=(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?!\d))/g)) {
    const octets = numbers.map(Number);
    if (octets.every((octet) => octet <= 255) && !isPublicAddress(new ipaddr.IPv4(octets))) return true;
  }
  return false;
}
