// Who follows which channel. A message is made into bytes once, however many get it.
import type { Connection } from './connection';
import { encode } from './frame';
import type { Channel } from './protocol';

export class Hub {
  private readonly followers = new Map<Channel, Set<Connection>>();

  join(connection: Connection, channel: Channel): void {
    connection.channels.add(channel);
    const followers = this.followers.get(channel);
    if (followers) followers.add(connection);
    else this.followers.set(channel, new Set([connection]));
  }

  leave(connection: Connection, channel: Channel): void {
    connection.channels.delete(channel);
    this.followers.get(channel)?.delete(connection);
  }

  leaveAll(connection: Connection): void {
    for (const channel of [...connection.channels]) this.leave(connection, channel);
  }

  hasFollowers(channel: Channel): boolean {
    return (this.followers.get(channel)?.size ?? 0) > 0;
  }

  publish(channel: Channel, message: object): void {
    if (this.hasFollowers(channel)) this.send(channel, encode(message));
  }

  send(channel: Channel, text: Buffer): void {
    for (const connection of this.followers.get(channel) ?? []) connection.send(text);
  }
}
