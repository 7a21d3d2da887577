/** Headers that say something about a turn. The others are about HTTP. */
const turnHeader =
  /^(?:x-request-id|retry-after|x-should-retry|server-timing|ratelimit(?:-policy)?|x-ratelimit-.+|x-gateway-.+|openai-.+)$/;
const pathHeader = /^x-gateway-(?:dropped|adjusted)$/;

/**
 * Returns the headers of a reply that a message repeats. The items of earlier turns, which are sent as input again, are not counted
 * in the paths of the fields that the translation has changed, and their own fields are left out: they were reported before.
 */
export function readTurnHeaders(headers: Headers, previousItems: number): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (!turnHeader.test(name)) continue;
    const shown = pathHeader.test(name) && previousItems > 0 ? shiftPaths(value, previousItems) : value;
    if (shown !== '') found[name] = shown;
  }
  return found;
}

function shiftPaths(paths: string, previousItems: number): string {
  const shifted = paths.split(',').flatMap((path) => {
    const index = /^input\[(\d+)\]/.exec(path)?.[1];
    if (index !== undefined && Number(index) < previousItems) return [];
    return [shiftInputPaths(path, previousItems)];
  });
  return shifted.join();
}

/** Renumbers the items that a text names, such as `input[12].content`, so that the first one of the message is 0. */
export function shiftInputPaths(text: string, previousItems: number): string {
  if (previousItems === 0) return text;
  return text.replace(/\binput\[(\d+)\]/g, (path, index: string) => {
    const own = Number(index) - previousItems;
    return own < 0 ? path : `input[${own}]`;
  });
}
