/** A fault of the queue for messages of the product. */
export type SendFault = 'none' | 'refuse' | 'lose-answer' | 'five-times';
