/** A TCP proxy in front of a store: while it is down, connections are cut and new ones refused. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startTcpProxy(host: string, targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const listen = async (port: number): Promise<Server> => {
    const listener = createServer((client) => {
      const upstream = connect(targetPort, host);
      track(client);
      track(upstream);
      client.on('close', () => upstream.destroy()).pipe(upstream);
      upstream.on('close', () => client.destroy()).pipe(client);
    });
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return listener;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    down: async () => {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
    up: async () => {
      if (!server.listening) server = await listen(port);
    },
  };
}
