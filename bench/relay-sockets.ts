// The open sockets of a process by whom they lead to, as Linux tells them: /proc/<pid>/fd names its sockets, and
// /proc/<pid>/net/tcp their ports.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface OpenSockets {
  /** Those that were accepted. */
  readonly toClients: number;
  readonly toUpstream: number;
  /** The database's and the process' own. */
  readonly others: number;
}

export interface SocketPorts {
  /** Where the process listens. */
  readonly own: number;
  readonly upstream: number;
}

const listening = '0A';

/** null: the system does not tell. */
export function countSockets(pid: number, ports: SocketPorts): OpenSockets | null {
  const folder = `/proc/${pid}`;
  if (!existsSync(`${folder}/net/tcp`)) return null;
  const connections = new Map(
    ['tcp', 'tcp6'].flatMap((table) => readTable(`${folder}/net/${table}`)),
  );
  const counts = { toClients: 0, toUpstream: 0, others: 0 };
  for (const inode of socketsOf(folder)) {
    const connection = connections.get(inode);
    if (connection?.state === listening) continue;
    if (connection?.localPort === ports.own) counts.toClients++;
    else if (connection?.remotePort === ports.upstream) counts.toUpstream++;
    else counts.others++;
  }
  return counts;
}

function socketsOf(folder: string): string[] {
  return readdirSync(`${folder}/fd`).flatMap((fd) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/fd/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    } catch {
      // It was closed meanwhile.
      return [];
    }
  });
}

/** Connections by inode. */
function readTable(path: string) {
  if (!existsSync(path)) return [];
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, local, remote, state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return [inode, { state, localPort: portOf(local), remotePort: portOf(remote) }] as const;
  });
}

/** Of an address such as `0100007F:1F90`. */
function portOf(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}
