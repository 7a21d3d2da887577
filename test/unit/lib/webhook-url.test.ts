import { describe, expect, test } from 'vitest';
import { findWebhookUrlProblem } from '../../../src/lib/webhook-url.ts';

const deployed = (url: string) => findWebhookUrlProblem(url, { local: false });
const local = (url: string) => findWebhookUrlProblem(url, { local: true });

/** Each address in the spellings that the WHATWG parser takes for it. */
function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const hex = (value: number) => `0x${value.toString(16)}`;
  const octal = (value: number) => `0${value.toString(8)}`;
  const wide = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
  const escaped = (text: string) => text.replace(/\d/g, (digit) => `%3${digit}`);
  const tail = (number & 0xffff).toString(16);
  const head = (number >>> 16).toString(16);
  return [
    address,
    `${address}.`,
    String(number),
    hex(number),
    octal(number),
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    `${a}.${number & 0xffffff}`,
    `${a}.${b}.${number & 0xffff}`,
    `${hex(a)}.${octal(b)}.${c}.${d}`,
    wide(address),
    address.replaceAll('.', '。'),
    escaped(address),
    `[::ffff:${address}]`,
    `[::ffff:${head}:${tail}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${address}]`,
    `[2002:${head}:${tail}::1]`,
    `[::ffff:0:${address}]`,
  ];
}

const privateAddresses = ['127.0.0.1', '10.1.2.3', '192.168.1.1', '169.254.169.254', '0.0.0.0'];

const privateRanges = [
  ...['0.1.2.3', '10.255.255.255', '100.64.0.1', '100.100.100.200', '100.127.255.254', '127.255.255.254'],
  ...['169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.31.196.1', '192.52.193.1'],
  ...['192.88.99.1', '192.168.255.255', '192.175.48.1', '198.18.0.1', '198.19.255.255', '198.51.100.7'],
  ...['203.0.113.9', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
  ...['[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::2]', '[100::1]', '[fe80::1]', '[febf::1]', '[fec0::1]', '[fc00::1]'],
  ...['[fd00:ec2::254]', '[fdff::1]', '[ff02::1]', '[ff0e::1]', '[2001::1]', '[2001:2::1]', '[2001:3::1]'],
  ...['[2001:10::1]', '[2001:20::1]', '[2001:30::1]', '[2001:db8::1]', '[2001:4:112::1]', '[2620:4f:8000::1]'],
  ...['[2002:a00:1::]', '[3fff::1]', '[3fff:fff::1]', '[4000::1]', '[5f00::1]', '[8000::1]', '[1::1]'],
];

const names = [
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    '%6c%6f%63%61%6c%68%6f%73%74',
    'a.localhost',
    'a.b.localhost.',
  ],
  ...['localhost.localdomain', 'printer.local', 'printer.local.', 'db.internal', 'nas.lan', 'router.home.arpa'],
  ...['1.0.0.127.in-addr.arpa', 'ip6.arpa', 'abc.onion', 'a.test', 'a.invalid', 'a.example', 'a.alt', 'wiki.corp'],
  ...[
    'wiki.intranet',
    'wiki.home',
    'wiki.private',
    'fritz.box',
    'www.fritz.box',
    'metadata',
    'instance-data',
    'intranet',
  ],
  ...['com', 'com.', 'kubernetes', 'kubernetes.default.svc', 'api.default.svc.cluster.local', 'host.docker.internal'],
  ...['metadata.google.internal', 'METADATA.google.INTERNAL.', 'instance-data.ec2.internal', 'metadata.azure.internal'],
  ...['metadata.azure.com', 'metadata.tencentyun.com', 'metadata.packet.net', 'consul.service.consul'],
  ...['metadata.platformequinix.com', 'ip-10-0-0-1.eu-west-1.compute.internal', 'rancher-metadata'],
];

const wildcards = [
  ...[
    '127.0.0.1.nip.io',
    '7f000001.nip.io',
    'app.10-0-0-1.nip.io',
    'nip.io',
    'nip.io.',
    '10.0.0.1.sslip.io',
    'x.sslip.io',
  ],
  ...['--1.sslip.io', '10.0.0.1.xip.io', 'localtest.me', 'a.localtest.me', 'lvh.me', 'a.b.lvh.me', 'vcap.me', 'fuf.me'],
  ...[
    'lacolhost.com',
    'localho.st',
    'local.gd',
    'a.traefik.me',
    '7f000001.c0a80001.rbndr.us',
    'make-1.1.1.1-rebind.1u.ms',
  ],
  ...[
    'a.localhost.direct',
    'lcl.host',
    'yoogle.com',
    '127-0-0-1.org.uk',
    'spoofed.burpcollaborator.net',
    'a.local-ip.co',
  ],
  ...['10.0.0.1.unknown-wildcard.com', '10-0-0-1.unknown-wildcard.com', 'a-192-168-1-1-b.unknown-wildcard.com'],
  ...['169.254.169.254.unknown-wildcard.com', 'x.127.0.0.1.unknown-wildcard.com', '1.127.0.0.1.unknown-wildcard.com'],
];

const shapes = [
  ...['', ' ', 'hooks', '/hooks', '//hooks.acme.com', 'hooks.acme.com', 'hooks.acme.com/in', 'https:', 'https://'],
  ...[
    'https:///',
    'https:///hooks.acme.com',
    'https:hooks.acme.com',
    'https:/hooks.acme.com',
    'https://?a',
    'https://#a',
  ],
  ...[
    'http://hooks.acme.com',
    'HTTP://hooks.acme.com',
    'ftp://hooks.acme.com',
    'ws://hooks.acme.com',
    'wss://hooks.acme.com',
  ],
  ...[
    'file:///etc/passwd',
    'gopher://hooks.acme.com',
    'javascript:alert(1)',
    'data:text/plain,x',
    'blob:https://acme.com/1',
  ],
  ...['https+unix://hooks.acme.com', 'ldap://hooks.acme.com', 'about:blank', 'view-source:https://acme.com'],
  ...[' https://hooks.acme.com', 'https://hooks.acme.com ', 'https://hooks.acme.com/a b', 'ht\ntps://hooks.acme.com'],
  ...[
    'https://hooks.\tacme.com',
    'https://hooks.acme.com/\r\nx: y',
    'https://hooks.acme.com\0',
    'https:\\\\hooks.acme.com',
  ],
  ...['https://hooks.acme.com\\@127.0.0.1', 'https://hooks.acme.com/\u2028', 'https://hooks\u00ad.acme.com/'],
  ...['https://hooks.acme.com/\ud800', 'https://user@hooks.acme.com', 'https://user:pass@hooks.acme.com'],
  ...['https://:pass@hooks.acme.com', 'https://127.0.0.1@hooks.acme.com', 'https://hooks.acme.com@127.0.0.1'],
  ...['https://hooks.acme.com:x@127.0.0.1:80@x/', 'https://hooks.acme.com:0', 'https://hooks.acme.com:1'],
  ...[
    'https://hooks.acme.com:22',
    'https://hooks.acme.com:25',
    'https://hooks.acme.com:80',
    'https://hooks.acme.com:389',
  ],
  ...[
    'https://hooks.acme.com:1023',
    'https://hooks.acme.com:2049',
    'https://hooks.acme.com:6000',
    'https://hooks.acme.com:6667',
  ],
  ...[
    'https://hooks.acme.com:10080',
    'https://hooks.acme.com:65536',
    'https://hooks.acme.com:-1',
    'https://hooks.acme.com:x',
  ],
  ...[
    'https://hooks..acme.com',
    'https://.acme.com',
    'https://hooks.acme.com..',
    'https://-a.acme.com',
    'https://a-.acme.com',
  ],
  ...[
    "https://a'b.acme.com",
    'https://a*.acme.com',
    'https://a,b.acme.com',
    'https://a~b.acme.com',
    'https://a%00.acme.com',
  ],
  ...[
    'https://hooks.acme.1',
    'https://1.2.3.4.5',
    'https://256.1.1.1',
    'https://0x100000000',
    'https://acme.c',
    'https://acme.c0m',
  ],
  ...[
    `https://${'a'.repeat(64)}.acme.com`,
    `https://${'a.'.repeat(130)}com`,
    `https://hooks.acme.com/${'a'.repeat(2030)}`,
  ],
  ...['https://[::1', 'https://[fe80::1%25eth0]', 'https://[::ffff:1.2.3.4.5]', 'https://[1.2.3.4]', 'https://[v1.a]'],
];

const tricky = [
  ...[...privateAddresses.flatMap(spellings), ...privateRanges, ...names, ...wildcards].map(
    (host) => `https://${host}/in`,
  ),
  ...shapes,
];

test('the list of tricky URLs is a long one, without repetitions', () => {
  expect(new Set(tricky).size).toBe(tricky.length);
  expect(tricky.length).toBeGreaterThanOrEqual(200);
});

test.each(tricky.map((url) => [url]))('%j gets nothing', (url) => {
  expect(deployed(url)).toMatch(/^must (?:be|not|have) /);
});

test.each([
  ...[
    'https://hooks.acme.com',
    'https://hooks.acme.com/',
    'HTTPS://HOOKS.ACME.COM/in?a=b&c=%20#part',
    'https://acme.com.',
  ],
  ...[
    'https://hooks.acme.com:443/in',
    'https://hooks.acme.com:1024',
    'https://hooks.acme.com:8443/in',
    'https://a_b.acme.com',
  ],
  ...['https://example.com/hook', 'https://my-team.workers.dev', 'https://bücher.de/in', 'https://пример.рф/in'],
  ...[
    'https://xn--bcher-kva.example.com',
    'https://localhost.acme.com',
    'https://internal.acme.com',
    'https://notnip.io',
  ],
  ...['https://1.1.1.1/in', 'https://8.8.8.8:8443/in', 'https://172.32.0.1', 'https://100.128.0.1', 'https://11.0.0.1'],
  ...['https://[2606:4700:4700::1111]/in', 'https://[2a00:1450:4001:82a::200e]', 'https://[2001:4860:4860::8888]:8443'],
  ...[
    'https://ec2-54-93-1-2.eu-central-1.compute.amazonaws.com',
    'https://v1.2.3.4.acme.com',
    'https://acme.com/in/путь',
  ],
  ...[
    'https://2026-10-23-build.acme.com',
    `https://${'a'.repeat(63)}.acme.com`,
    `https://acme.com/${'a'.repeat(2000)}`,
  ],
])('%j is fine', (url) => {
  expect(deployed(url)).toBeUndefined();
  expect(local(url)).toBeUndefined();
});

describe("on one's own machine", () => {
  test.each([
    ...[
      'http://localhost:3000/in',
      'http://localhost',
      'http://LOCALHOST.:1',
      'http://app.localhost:22',
      'https://localhost',
    ],
    ...['http://127.0.0.1:9', 'http://127.1.2.3', 'http://2130706433', 'http://[::1]:6667', 'http://hooks.acme.com'],
  ])('%j is fine too', (url) => {
    expect(local(url)).toBeUndefined();
    expect(deployed(url)).toMatch(/^must /);
  });

  test.each([
    ...[
      'http://10.0.0.1',
      'http://192.168.1.1:3000',
      'http://169.254.169.254/latest',
      'http://0.0.0.0:3000',
      'http://[::]',
    ],
    ...[
      'http://[::ffff:127.0.0.1]',
      'http://[fd00::1]',
      'http://printer.local',
      'http://10.0.0.1.nip.io',
      'http://intranet',
    ],
    ...[
      'http://hooks.acme.com:22',
      'ftp://localhost',
      'http://user@localhost',
      'http://metadata.google.internal',
      'localhost',
    ],
  ])('%j still gets nothing', (url) => {
    expect(local(url)).toMatch(/^must /);
  });
});
