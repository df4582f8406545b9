// Runs the peer's own entry within this process, on a loopback port that the system chooses: by itself it listens on
// every address, and whoever reaches it may send requests anywhere.
import { Server, type AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';

export interface PeerOrder {
  readonly entry: string;
  /** Its command line. */
  readonly args: readonly string[];
}

process.once('message', ({ entry, args }: PeerOrder) => {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its server below
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (this: Server) {
    this.once('listening', () => {
      process.send?.({ type: 'ready', port: (this.address() as AddressInfo).port });
    });
    return Reflect.apply(listen, this, [0, '127.0.0.1']) as Server;
  };
  process.argv.splice(1, Infinity, entry, ...args);
  void import(pathToFileURL(entry).href);
});
process.on('disconnect', () => process.exit());
