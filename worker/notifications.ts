// Listens to a channel of PostgreSQL and calls back, on a connection of its own that is opened again when it is
// lost. Notifications missed meanwhile are nobody's loss: whoever listens looks by the clock too.
import { Client } from 'pg';
import { connectionSettings } from '../ledger/connection';

const reconnectDelayMs = 1_000;

export interface Listener {
  close(): Promise<void>;
}

export function listenTo(
  databaseUrl: string,
  applicationName: string,
  channel: string,
  onNotification: () => void,
): Listener {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function open(): void {
    const opened = new Client({
      ...connectionSettings(databaseUrl, applicationName),
      connectionTimeoutMillis: 5_000,
    });
    client = opened;
    const reopen = () => {
      if (isClosed || client !== opened) return;
      client = undefined;
      opened.end().catch(() => undefined);
      timer = setTimeout(open, reconnectDelayMs);
    };
    opened.on('error', reopen);
    opened.on('end', reopen);
    opened.on('notification', onNotification);
    opened
      .connect()
      .then(() => opened.query(`listen ${channel}`))
      // What was written while nobody listened is found now.
      .then(onNotification, reopen);
  }

  open();
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
