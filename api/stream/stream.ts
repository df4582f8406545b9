// The stream of market data and of a user's own orders, fills and balances by WebSocket (DESIGN 2.4 and 6): lets
// clients in, looks whether they are still there, and ends. The protocol is docs/formats/stream.md.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request } from 'express';
import { Counter, Gauge } from 'prom-client';
import { WebSocketServer, type WebSocket } from 'ws';
import { DomainError } from '../../domain/errors';
import { createLiveCredentials } from '../../services/identity/live-credentials';
import type { Principal } from '../../services/identity/caller';
import type { MarketView } from '../../services/market-data/market-view';
import { ConnectionPlaces, type PlaceLimits } from '../connection-places';
import type { Context } from '../context';
import { clientOf } from '../rate-limits';
import { Client } from './client';
import { Connection } from './connection';
import { Hub } from './hub';
import { closeCodes, maxMessageBytes } from './protocol';
import { PublicChannels } from './public-channels';
import { admitKey, admitUpgrade, checkTarget, createDresser, refuseUpgrade } from './upgrade';
import { UserChannel } from './user-channel';

export interface Stream {
  /** For the server's event `upgrade`. */
  handleUpgrade(this: void, message: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to all clients; resolves when they are gone. */
  close(): Promise<void>;
}

export interface StreamLimits extends PlaceLimits {
  /** What may wait to be sent to one connection. */
  readonly maxBufferedBytes: number;
  readonly heartbeatMs: number;
}

const defaultLimits: StreamLimits = {
  maxConnections: 5_000,
  maxConnectionsPerClient: 100,
  maxBufferedBytes: 1_048_576,
  heartbeatMs: 20_000,
};

type Deps = Pick<
  Context,
  'config' | 'db' | 'liveMarket' | 'services' | 'rateLimits' | 'logger' | 'metrics'
>;

export function openStream(context: Deps, limits: Partial<StreamLimits> = {}): Stream {
  return new StreamServer(context, { ...defaultLimits, ...limits });
}

class StreamServer implements Stream {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    // A client answers for its pings as for all that it sends, and for what it does not read of the answers.
    autoPong: false,
  });
  private readonly hub = new Hub();
  private readonly publicChannels = new PublicChannels(this.hub);
  private readonly userChannel: UserChannel;
  private readonly connections = new Set<Connection>();
  /** Also of those that are being let in. */
  private readonly places: ConnectionPlaces;
  private isClosing = false;
  private view: MarketView | undefined;
  private readonly dress: (message: IncomingMessage) => Request;
  private readonly dropped: Counter<'reason'>;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor(
    private readonly context: Deps,
    private readonly limits: StreamLimits,
  ) {
    const { config, db, liveMarket, services, metrics } = context;
    this.places = new ConnectionPlaces(limits);
    this.dress = createDresser(config.trustProxy);
    this.userChannel = new UserChannel({
      hub: this.hub,
      balances: services.balances,
      liveCredentials: createLiveCredentials(db),
      onError: (error) => this.warn(error),
    });
    this.stopListening = liveMarket.listen({
      onUpdate: (update, view) => {
        this.publicChannels.take(update, view);
        this.userChannel.take(update);
      },
      onReload: (view) => this.begin(view),
    });
    this.heartbeat = setInterval(() => {
      for (const connection of this.connections) connection.ping();
    }, limits.heartbeatMs);
    this.dropped = new Counter({
      name: 'lx_stream_dropped_total',
      help: 'Stream connections that were dropped for reading too slowly or not answering',
      labelNames: ['reason'],
      registers: [metrics],
    });
    this.showConnections();
  }

  readonly handleUpgrade = (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A client that breaks off while it is let in is no fault.
    const ignore = () => undefined;
    socket.on('error', ignore);
    this.letIn(message, socket, head).then(
      () => socket.off('error', ignore),
      (error: unknown) => {
        if (!(error instanceof DomainError)) this.warn(error);
        refuseUpgrade(socket, error);
      },
    );
  };

  async close(): Promise<void> {
    this.isClosing = true;
    this.places.close();
    this.stopListening();
    clearInterval(this.heartbeat);
    this.publicChannels.close();
    const gone = [...this.connections].map((connection) => {
      connection.close(closeCodes.goingAway, 'the server ends: connect again');
      return connection.gone;
    });
    await Promise.all(gone);
    await this.userChannel.close();
  }

  private async letIn(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    checkTarget(message.url ?? '');
    const request = this.dress(message);
    const leave = this.places.take(clientOf(request.ip ?? ''));
    socket.once('close', leave);
    const principal = await admitUpgrade(this.admission, request);
    if (this.isClosing) throw new DomainError('ENGINE_UNAVAILABLE', 'The server ends.');
    this.sockets.handleUpgrade(message, socket, head, (webSocket) => {
      this.welcome(webSocket, request, principal);
    });
  }

  private welcome(socket: WebSocket, request: Request, principal: Principal | null): void {
    const connection = new Connection(socket, {
      maxBufferedBytes: this.limits.maxBufferedBytes,
      onDrop: (reason) => this.dropped.inc({ reason }),
    });
    this.connections.add(connection);
    socket.once('close', () => this.connections.delete(connection));
    new Client(socket, connection, {
      hub: this.hub,
      publicChannels: this.publicChannels,
      userChannel: this.userChannel,
      catchUp: () => this.catchUp(),
      authenticate: (key) => admitKey(this.admission, request, key),
      onFault: (error) => this.warn(error),
    });
    if (principal) this.userChannel.recognise(connection, principal);
  }

  private get admission() {
    return {
      authenticator: this.context.services.authenticator,
      rateLimits: this.context.rateLimits,
    };
  }

  private async catchUp(): Promise<void> {
    const view = await this.context.liveMarket.current();
    if (view !== this.view) this.begin(view);
  }

  private begin(view: MarketView): void {
    this.view = view;
    this.publicChannels.begin(view);
    this.userChannel.begin(view);
  }

  private showConnections(): void {
    const { connections } = this;
    new Gauge({
      name: 'lx_stream_connections',
      help: 'Open connections of the stream',
      registers: [this.context.metrics],
      collect() {
        this.set(connections.size);
      },
    });
  }

  private warn(error: unknown): void {
    this.context.logger.warn({ err: error }, 'the stream met a fault');
  }
}
