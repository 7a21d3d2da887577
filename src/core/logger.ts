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

/** What of a caught error may stand in a log: its class and, from Postgres, its SQLSTATE. Its text may hold anything. */
export function errorName(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? ` ${thrown.code}` : '';
  const cause = thrown.cause instanceof Error ? ` < ${errorName(thrown.cause)}` : '';
  return `${thrown.name}${code}${cause}`;
}
