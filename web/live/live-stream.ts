// The stream as pages follow it: one connection for all of them, opened with the first follower, opened again when it is lost,
// and closed some time after the last one has left.
import { channelOf, type Channel, type StreamMessage } from './stream-messages';

export type LiveState = 'idle' | 'connecting' | 'live' | 'lost';
export type Follower = (message: StreamMessage) => void;

const firstWaitMs = 500;
const longestWaitMs = 15_000;
/** A client may send 60 messages in 10 seconds: whoever runs through the intervals with a held key stays far below. */
const paceMs = 250;
/** Whoever hops from page to page leaves and follows the same channels. */
const lingerMs = 2_000;
/** Proxies cut what is silent, and a laptop that slept does not know that its connection is gone. */
const pingMs = 20_000;
const answerMs = 15_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

class LiveStream {
  private readonly followers = new Map<Channel, Set<Follower>>();
  private readonly watchers = new Set<() => void>();
  /** With followers who were not told yet where they stand. */
  private readonly begun = new Set<Channel>();
  /** Without followers, and not unsubscribed yet. */
  private readonly left = new Set<Channel>();
  private socket: WebSocket | undefined;
  private opening: Timer;
  private subscribing: Timer;
  private leaving: Timer;
  private silence: Timer;
  private pinging: ReturnType<typeof setInterval> | undefined;
  private subscribedAt = -paceMs;
  private losses = 0;
  private current: LiveState = 'idle';

  /** For `useSyncExternalStore`. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly state = (): LiveState => this.current;

  /**
   * Whoever follows is told where the channel stands, then what changes, and again where it stands after each loss.
   * @returns what ends it
   */
  follow(channel: Channel, follower: Follower): () => void {
    const others = this.followers.get(channel) ?? new Set();
    this.followers.set(channel, others.add(follower));
    if (this.current === 'idle') this.open();
    this.begun.add(channel);
    this.subscribeSoon();
    return () => {
      others.delete(follower);
      if (others.size > 0) return;
      this.followers.delete(channel);
      this.left.add(channel);
      this.leaveSoon();
    };
  }

  /** Asks for the whole book again. */
  resyncBook(): void {
    this.say({ op: 'resync', channel: 'book' });
  }

  /** Begins anew: who is signed in has changed. */
  restart(): void {
    this.losses = 0;
    this.drop();
    if (this.followers.size > 0) this.open();
    else this.become('idle');
  }

  private open(): void {
    clearTimeout(this.opening);
    if (this.followers.size === 0) return this.become('idle');
    this.become(this.losses === 0 ? 'connecting' : 'lost');
    const { protocol, host } = location;
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/stream`);
    this.socket = socket;
    socket.onopen = () => {
      this.pinging = setInterval(() => this.ping(), pingMs);
      this.subscribe([...this.followers.keys()]);
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.socket !== socket) return;
      clearTimeout(this.silence);
      this.take(JSON.parse(data) as StreamMessage);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lose();
    };
  }

  private take(message: StreamMessage): void {
    if (message.type === 'subscribed') {
      this.losses = 0;
      this.become('live');
    }
    // Nobody knows what was refused; a new connection follows everything anew.
    if (message.type === 'error') return this.lose();
    const channel = channelOf(message);
    if (!channel) return;
    for (const follower of this.followers.get(channel) ?? []) follower(message);
  }

  private lose(): void {
    this.drop();
    this.losses += 1;
    this.become(this.followers.size === 0 ? 'idle' : 'lost');
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (this.losses - 1));
    // Not all browsers at once after a restart of the API.
    this.opening = setTimeout(() => this.open(), waitMs * (0.5 + Math.random() / 2));
  }

  private drop(): void {
    clearTimeout(this.opening);
    clearTimeout(this.silence);
    clearInterval(this.pinging);
    const { socket } = this;
    this.socket = undefined;
    socket?.close();
  }

  private ping(): void {
    clearTimeout(this.silence);
    this.say({ op: 'ping' });
    // By no clock: a browser wakes hidden pages once a minute.
    this.silence = setTimeout(() => this.lose(), answerMs);
  }

  /** What is followed in one moment is one message; also what is followed already, for the new one is to be told where it stands. */
  private subscribeSoon(): void {
    this.subscribing ??= setTimeout(
      () => {
        this.subscribing = undefined;
        this.subscribe([...this.begun].filter((channel) => this.followers.has(channel)));
      },
      Math.max(0, this.subscribedAt + paceMs - performance.now()),
    );
  }

  private subscribe(channels: readonly Channel[]): void {
    this.begun.clear();
    if (channels.length === 0) return;
    this.subscribedAt = performance.now();
    this.say({ op: 'subscribe', channels });
  }

  private leaveSoon(): void {
    clearTimeout(this.leaving);
    this.leaving = setTimeout(() => {
      const channels = [...this.left].filter((channel) => !this.followers.has(channel));
      this.left.clear();
      if (this.followers.size === 0) {
        this.drop();
        this.become('idle');
      } else if (channels.length > 0) {
        this.say({ op: 'unsubscribe', channels });
      }
    }, lingerMs);
  }

  private say(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private become(state: LiveState): void {
    if (this.current === state) return;
    this.current = state;
    for (const watcher of this.watchers) watcher();
  }
}

export const liveStream = new LiveStream();
