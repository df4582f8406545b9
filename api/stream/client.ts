// What a client of the stream asks for, one message after the other.
import type { RawData, WebSocket } from 'ws';
import { DomainError } from '../../domain/errors';
import type { Principal } from '../../services/identity/caller';
import { problemOf } from '../problem';
import type { Connection } from './connection';
import type { Hub } from './hub';
import type { PublicChannels } from './public-channels';
import {
  closeCodes,
  idOf,
  parseJson,
  readMessage,
  type Channel,
  type ClientMessage,
  type MessageId,
} from './protocol';
import type { UserChannel } from './user-channel';

/** Messages of a client in a window of time, pings and pongs too; one that goes on all the same is shown out. */
const messageWindowMs = 10_000;
const maxMessages = 60;
const maxIgnored = 60;

export interface ClientDeps {
  readonly hub: Hub;
  readonly publicChannels: PublicChannels;
  readonly userChannel: UserChannel;
  /** Resolves once the channels have the market as it was at the call, or a later one. */
  catchUp(): Promise<void>;
  /** @throws DomainError as `authenticate` and `requireAccess` do, and RATE_LIMITED */
  authenticate(key: string): Promise<Principal>;
  onFault(error: unknown): void;
}

export class Client {
  private windowEndsAt = 0;
  private messages = 0;
  private working: Promise<void> = Promise.resolve();

  constructor(
    socket: WebSocket,
    private readonly connection: Connection,
    private readonly deps: ClientDeps,
  ) {
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('ping', (data) => {
      if (this.isWithinLimit()) connection.pong(data);
    });
    socket.on('pong', () => this.isWithinLimit());
    socket.on('close', () => {
      deps.userChannel.forget(connection);
      deps.hub.leaveAll(connection);
    });
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.connection.close(closeCodes.binary, 'messages are text');
      return;
    }
    if (!this.isWithinLimit()) return;
    const text = (data as Buffer).toString('utf8');
    this.working = this.working.then(() => this.answer(text));
  }

  private isWithinLimit(): boolean {
    if (!this.connection.isOpen) return false;
    const now = performance.now();
    if (now >= this.windowEndsAt) {
      this.windowEndsAt = now + messageWindowMs;
      this.messages = 0;
    }
    this.messages++;
    if (this.messages <= maxMessages) return true;
    if (this.messages > maxMessages + maxIgnored) {
      this.connection.close(closeCodes.tooManyMessages, 'too many messages');
    } else {
      this.refuse(new DomainError('RATE_LIMITED', 'Too many messages; wait some seconds.'));
    }
    return false;
  }

  private async answer(text: string): Promise<void> {
    if (!this.connection.isOpen) return;
    let id: MessageId;
    try {
      const json = parseJson(text);
      id = idOf(json);
      await this.obey(readMessage(json));
    } catch (error) {
      this.refuse(error, id);
    }
  }

  private refuse(error: unknown, id?: MessageId): void {
    const { status, code, detail } = problemOf(error, '');
    if (status === 500) this.deps.onFault(error);
    this.connection.tell({ type: 'error', code, message: detail, id });
  }

  private async obey(message: ClientMessage): Promise<void> {
    const { id } = message;
    switch (message.op) {
      case 'ping':
        return this.connection.tell({ type: 'pong', id });
      case 'auth': {
        const principal = await this.deps.authenticate(message.key);
        this.deps.userChannel.recognise(this.connection, principal);
        return this.connection.tell({ type: 'authenticated', userId: principal.userId, id });
      }
      case 'subscribe':
        return this.subscribe(message.channels, id);
      case 'unsubscribe':
        for (const channel of message.channels) {
          if (channel === 'user') this.deps.userChannel.leave(this.connection);
          else this.deps.hub.leave(this.connection, channel);
        }
        return this.tellChannels('unsubscribed', id);
      case 'resync':
        if (!this.connection.channels.has('book')) {
          throw new DomainError('INVALID_REQUEST', 'Subscribe to the channel "book" first.');
        }
        return this.deps.publicChannels.greet(this.connection, 'book');
    }
  }

  /** All of the channels or none; whoever has one already is told anew where it stands. */
  private async subscribe(channels: readonly Channel[], id: MessageId): Promise<void> {
    const { connection, deps } = this;
    const wantsUser = channels.includes('user');
    const balances = wantsUser ? await deps.userChannel.readBalances(this.requireUser()) : [];
    await deps.catchUp();
    // From here to the end nothing comes in between.
    if (!connection.isOpen) return;
    const userId = wantsUser ? this.requireUser() : undefined;
    for (const channel of channels) connection.channels.add(channel);
    this.tellChannels('subscribed', id);
    for (const channel of new Set(channels)) {
      if (channel === 'user') continue;
      // What is still to be told of the time before is not for those who begin now.
      deps.publicChannels.greet(connection, channel);
      deps.hub.join(connection, channel);
    }
    if (userId !== undefined) deps.userChannel.follow(connection, userId, balances);
  }

  /** @throws DomainError UNAUTHENTICATED */
  private requireUser(): string {
    const { principal } = this.connection;
    if (principal) return principal.userId;
    throw new DomainError('UNAUTHENTICATED', 'The channel "user" needs {"op":"auth"} first.');
  }

  private tellChannels(type: string, id: MessageId): void {
    this.connection.tell({ type, channels: [...this.connection.channels], id });
  }
}
