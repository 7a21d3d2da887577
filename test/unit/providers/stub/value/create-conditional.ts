/** The keywords of a condition. In a literal, `then` would look like that of a promise. */
export function createConditional(condition: unknown, consequence: unknown, alternative: unknown = true): object {
  return Object.fromEntries([
    ['if', condition],
    ['then', consequence],
    ['else', alternative],
  ]);
}
