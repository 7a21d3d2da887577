const fieldStarts = /"(?:logprobs|logprobsResult|logprobs_result)"\s*:\s*(?=[{[]\s*[^\s\]}])/g;

/**
 * Masks the log probabilities of a reply: they write its text a second time, token by token and as bytes, where no secret has its
 * shape.
 */
export function maskLogProbabilities(text: string): string {
  let masked = '';
  let from = 0;
  for (const match of text.matchAll(fieldStarts)) {
    const start = match.index + match[0].length;
    if (start < from) continue;
    masked += `${text.slice(from, start)}"[redacted]"`;
    from = findValueEnd(text, start);
  }
  return masked + text.slice(from);
}

/** Returns where an object or a list of JSON ends. */
function findValueEnd(json: string, start: number): number {
  const tokens = /"(?:[^"\\]|\\.)*"?|[{}[\]]/g;
  tokens.lastIndex = start;
  let depth = 0;
  for (let match = tokens.exec(json); match; match = tokens.exec(json)) {
    const [token] = match;
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return json.length;
}
