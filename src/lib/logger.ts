export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>>;

/** Writes one JSON line an entry. Fields are ids, counts and names: never a key, a header, a prompt or a reply. */
export type Logger = Readonly<Record<LogLevel, (message: string, fields?: Fields) => void>>;

/** A logger that drops entries below `level` and gives the rest to `write`. */
export function createLogger(level: LogLevel, write: (line: string) => void = console.log): Logger {
  const lowest = logLevels.indexOf(level);
  const at = (entryLevel: LogLevel) => (message: string, fields?: Fields) => {
    if (logLevels.indexOf(entryLevel) < lowest) return;
    write(JSON.stringify({ level: entryLevel, time: new Date().toISOString(), message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * What of a caught error may stand in a log: its class, its SQLSTATE or system code, and the same of what caused it. Its
 * text may hold anything, and so may a code that a provider made up.
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
