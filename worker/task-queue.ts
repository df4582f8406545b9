/** The one task queue of this product; tests that share a server have a namespace of their own. */
export const taskQueue = 'l-exchange';
