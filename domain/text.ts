// Free text that people send with a request (DESIGN 6): bounded, and nothing in it that a screen or a log would
// obey instead of showing.
import { DomainError } from './errors';

/** Characters in an operator's reason. */
const maxReasonLength = 500;

// Control characters, those that turn the direction of text, lone surrogates, line and paragraph separators.
const unprintable = /[\p{Cc}\p{Bidi_Control}\p{Cs}\p{Zl}\p{Zp}]/u;

// What leaves nothing on a screen: format characters, marks without a base, blanks, and letters that are drawn as blanks.
const invisible = /[\p{Cf}\p{M}\p{Z}\s\u115F\u1160\u2800\u3164\uFFA0]/gu;

function isVisible(text: string): boolean {
  return text.replaceAll(invisible, '') !== '';
}

/** Characters as people and the database count them, not halves of them. */
function isWithin(text: string, maxLength: number): boolean {
  return text.length > 0 && (text.length <= maxLength || [...text].length <= maxLength);
}

/** Whether a text is one printable line of 1 to `maxLength` characters, without blanks around it, with something to see. */
export function isPlainLine(text: string, maxLength: number): boolean {
  return (
    isWithin(text, maxLength) && text === text.trim() && !unprintable.test(text) && isVisible(text)
  );
}

/** The same for a text of several lines, which end with a line feed alone. */
export function isPlainText(text: string, maxLength: number): boolean {
  return (
    isWithin(text, maxLength) &&
    text === text.trim() &&
    !unprintable.test(text.replaceAll('\n', '')) &&
    isVisible(text)
  );
}

/** @throws DomainError INVALID_REQUEST naming the field */
export function requirePlainLine(text: string, field: string, maxLength: number): void {
  if (!isPlainLine(text, maxLength)) {
    throw new DomainError(
      'INVALID_REQUEST',
      `${field} is one line of 1 to ${maxLength} printable characters, without blanks around it.`,
      { param: field },
    );
  }
}

/** @throws DomainError INVALID_REQUEST */
export function requireReason(reason: string): void {
  requirePlainLine(reason, 'reason', maxReasonLength);
}

export const maxChannelNameLength = 100;

/** The name of an upstream in an operator's record. @throws DomainError INVALID_REQUEST */
export function requireChannelName(channel: string): void {
  requirePlainLine(channel, 'channel', maxChannelNameLength);
}
