// The model of API keys: a capped key gives of its own cap (DESIGN 6).
import { Refusal, type Key, type State } from './state';

/** What a capped key may still spend or give away. */
export function leftOf({ cap, spent, reserved }: Key): bigint | null {
  return cap === null ? null : cap - spent - reserved;
}

interface IssueKey {
  readonly handle: string;
  readonly userId: string;
  /** The key that makes it; null: a session does. */
  readonly maker: string | null;
  readonly cap: bigint | null;
}

const mostLiveKeys = 100;

/** What of the maker's cap goes to a new key. */
export function handOut(state: State, { maker, cap, userId }: IssueKey): void {
  const making = maker === null ? undefined : state.keys.get(maker);
  const left = making ? leftOf(making) : null;
  // No key that is asked for here ends, so that it would outlive one that does.
  if (making?.expired) throw new Refusal('API_KEY_SCOPE_EXCEEDED');
  if (left !== null && cap === null) throw new Refusal('API_KEY_SCOPE_EXCEEDED');
  if (making?.revoked) throw new Refusal('API_KEY_REVOKED');
  const live = [...state.keys.values()].filter((key) => key.userId === userId && !key.revoked);
  if (live.length >= mostLiveKeys) throw new Refusal('API_KEY_LIMIT_REACHED');
  if (!making || left === null || cap === null || making.cap === null) return;
  if (cap > left) throw new Refusal('API_KEY_SCOPE_EXCEEDED');
  making.cap -= cap;
}

export function issueKey(state: State, request: IssueKey): string {
  handOut(state, request);
  const { handle, userId, maker, cap } = request;
  const fresh = { spent: 0n, reserved: 0n, revoked: false, expired: false };
  state.keys.set(handle, { userId, maker, cap, ...fresh });
  return 'issued';
}

/** With it goes all that was made with it, and with those. */
export function revokeKey(state: State, handle: string): string {
  const key = state.keys.get(handle);
  if (!key) throw new Refusal('API_KEY_NOT_FOUND');
  key.revoked = true;
  for (const [made, { maker }] of state.keys) if (maker === handle) revokeKey(state, made);
  return 'revoked';
}
