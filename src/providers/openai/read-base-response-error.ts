/** The statuses that MiniMax's codes stand for. Source: platform.minimax.io, "Error codes". */
const statusByCode: ReadonlyMap<unknown, number> = new Map([
  [1001, 504],
  [1002, 429],
  [1004, 401],
  [1008, 402],
  [1026, 400],
  [1027, 400],
  [1039, 400],
  [1041, 429],
  [2013, 400],
  [2049, 401],
  [2056, 429],
]);

/** Returns the error that a reply of status 200 has as `base_resp`, in OpenAI's form; undefined where its code is 0. MiniMax. */
export function readBaseResponseError(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { status_code: code, status_msg: message } = value as Readonly<Record<string, unknown>>;
  if (typeof code !== 'number' || code === 0) return undefined;
  return { message, status: statusByCode.get(code) ?? 500 };
}
