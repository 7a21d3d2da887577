/** What becomes of messages that the product sends. */
export type SendFault = 'none' | 'refuse' | 'lose-answer' | 'five-times';
