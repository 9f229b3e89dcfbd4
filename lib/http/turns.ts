// Responses of a pipelined connection that wait for their turn. Node gives a response its socket when those before it
// are out; until then it tells it nothing, not even that the connection is gone. One listener a connection, and only on
// those where a response has waited. JavaScript's thread only; the socket holds who waits.
import type { Socket } from 'node:net';

/** A response without a socket. */
export interface Waiting {
  /** The connection is gone. */
  onClose(): void;
}

const WAITING = Symbol('php-sidekick waiting');

type Pipelined = Socket & { [WAITING]?: Set<Waiting> };

function onSocketClose(this: Pipelined): void {
  for (const response of [...(this[WAITING] ?? [])]) response.onClose();
}

/** `response` is told when the connection closes, until leaveTurn(). */
export function awaitTurn(socket: Pipelined, response: Waiting): void {
  let waiting = socket[WAITING];
  if (waiting === undefined) {
    waiting = new Set();
    socket[WAITING] = waiting;
    socket.once('close', onSocketClose);
  }
  waiting.add(response);
}

export function leaveTurn(socket: Pipelined, response: Waiting): void {
  socket[WAITING]?.delete(response);
}
