// Who may do what (DESIGN 6): scopes and roles, and the rules for e-mail addresses, handles and passwords.
import { DomainError } from './errors';

/** What a user's own key may carry. `account` is keys, redemptions and the password. */
export const userScopes = ['relay', 'read', 'trade', 'account'] as const;
/** `admin` also needs the operator's role at the time of use. */
export const scopes = [...userScopes, 'admin'] as const;
export type Scope = (typeof scopes)[number];

export const roles = ['user', 'operator'] as const;
export type Role = (typeof roles)[number];

/** Everything that somebody of this role may do; a session has all of it. */
export function scopesOfRole(role: Role): readonly Scope[] {
  return role === 'operator' ? scopes : userScopes;
}

/** One spelling for an address, so that it can be unique: trimmed, composed, in lower case. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

/** 3 to 24 letters, digits, `_` or `-`, beginning with a letter or digit; unique whatever its case. */
export const handlePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{2,23}$/;

/** The account that a visitor of a demo instance looks around with. */
export const demoHandle = 'demo';
/** Of the demo's own users, the one who has staked enough to vote. */
export const demoWhaleHandle = 'demo-whale';

const reservedHandles = new Set([
  'admin',
  'administrator',
  demoHandle,
  demoWhaleHandle,
  'l-exchange',
  'lexchange',
  'moderator',
  'platform',
  'staff',
  'support',
  'system',
  'treasury',
]);

const lookAlikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  i: 'l',
  _: '',
  '-': '',
};

/** A handle as a hasty reader sees it: adm1n, Ad-min and adrnin look like admin. */
function looksOf(handle: string): string {
  return handle
    .toLowerCase()
    .replace(/[013457i_-]/g, (character) => lookAlikes[character] ?? character)
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

const reservedLooks = new Set([...reservedHandles].map(looksOf));

/** Names that are, or would pass for, the platform's own. */
export function isReservedHandle(handle: string): boolean {
  return reservedLooks.has(looksOf(handle));
}

export const passwordLength = { minimum: 10, maximum: 200 } as const;
const minimumDistinctCharacters = 4;

/**
 * Length is what makes a password (the schema checks it); beyond it only what a guesser tries first is refused.
 * @throws DomainError PASSWORD_TOO_WEAK
 */
export function checkPassword(password: string, owner: { email: string; handle: string }): void {
  const lower = password.toLowerCase();
  const mailbox = owner.email.split('@')[0] ?? '';
  const guesses = [owner.email, mailbox, owner.handle].map((guess) => guess.toLowerCase());
  if (guesses.includes(lower) || new Set(lower).size < minimumDistinctCharacters) {
    throw new DomainError(
      'PASSWORD_TOO_WEAK',
      'The password is the e-mail address or the handle, or repeats too few characters.',
    );
  }
}
