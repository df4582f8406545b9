// What a check of `npm run doctor` finds.

export interface Finding {
  status: 'ok' | 'warn' | 'fail';
  text: string;
  /** What to do about it. */
  advice?: string;
}

export const ok = (text: string): Finding => ({ status: 'ok', text });
export const warn = (text: string, advice: string): Finding => ({ status: 'warn', text, advice });
export const fail = (text: string, advice: string): Finding => ({ status: 'fail', text, advice });
export const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error);
