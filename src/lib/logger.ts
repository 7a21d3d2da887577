export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>> & { readonly [name in 'level' | 'time' | 'message']?: never };

/**
 * Writes one line of JSON for each entry. Fields are ids, counts and names: never a key, a header, a prompt or a reply.
 */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: Fields) => void>>;

/** Creates a logger that drops entries below `level` and passes the others to `write`. */
export function createLogger(level: LogLevel, write: (line: string) => void = console.log): Logger {
  const minLevel = logLevels.indexOf(level);
  const createWriter = (entryLevel: LogLevel) => (message: string, fields?: Fields) => {
    if (logLevels.indexOf(entryLevel) < minLevel) return;
    const head = JSON.stringify({ level: entryLevel, time: new Date().toISOString(), message });
    const tail = fields === undefined ? '{}' : JSON.stringify(fields);
    // Not by a spread behind the head: V8 adds the fields of a request one after the other, into an object without a shape.
    write(tail === '{}' ? head : `${head.slice(0, -1)},${tail.slice(1)}`);
  };
  return {
    debug: createWriter('debug'),
    info: createWriter('info'),
    warn: createWriter('warn'),
    error: createWriter('error'),
  };
}

/**
 * Returns the part of a caught error that may be logged: its class, its SQLSTATE or system code, and the same of its
 * causes. Messages are left out, because they may contain anything. So may a code that a provider made up.
 */
export function errorName(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const names: string[] = [];
  for (let error: unknown = thrown; error instanceof Error && names.length < maxCauses; error = error.cause) {
    const code: unknown = 'code' in error ? error.code : undefined;
    const name = /^\w{1,40}$/.test(error.name) ? error.name : 'Error';
    names.push(typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? `${name} ${code}` : name);
  }
  return names.join(' < ');
}

/** An error may be its own cause. */
const maxCauses = 5;
