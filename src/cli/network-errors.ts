/** What the codes of Node's network errors mean for a URL. Those of TLS are matched by their form. */
const networkFixes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host does not exist',
  EAI_AGAIN: 'its host could not be looked up: check the network',
  ECONNREFUSED: 'nothing listens there: start the server, or correct the port',
  ECONNRESET: 'the connection was closed: check whether it is http or https',
  ETIMEDOUT: 'it does not answer: check the network and firewalls',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer: check the network and firewalls',
};

/** Returns what the code of a network error means, as a part of a sentence. */
export function describeNetworkError(code: string): string {
  const isCertificate = /CERT|TLS|SSL|SIGNATURE/.test(code);
  return networkFixes[code] ?? (isCertificate ? 'its certificate is not valid' : 'check the URL and the network');
}

/** Finds the code of a network error. It is on one of the causes: clients wrap what `fetch` throws. */
export function findNetworkCode(thrown: unknown): string | undefined {
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current instanceof AggregateError) current = current.errors[0];
    else current = current.cause;
  }
  return undefined;
}
