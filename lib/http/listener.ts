// scope.listener: decides who answers a request of node:http, node:https or node:http2's compatibility layer. What PHP
// answers goes through an exchange.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Switchboard } from '../switchboard.js';
import { ListenerExchange } from './exchange.js';
import { sendFile } from './files.js';
import { mountPrefix } from './incoming.js';
import { asLocation, refuse } from './reply.js';
import { type HttpTarget, statusOfFailure } from './target.js';

/** A request handler for `http.createServer()` and everything that takes one. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export function createListener(board: Switchboard, target: HttpTarget): Listener {
  return (request, response) => {
    if (target.closed !== undefined) {
      refuse(response, statusOfFailure(target.closed));
      return;
    }
    const route = target.router.route(request.url ?? '/');
    switch (route.kind) {
      case 'script':
        new ListenerExchange(board, target, route, request, response).begin();
        return;
      case 'file':
        sendFile(target.root, route.path, request, response);
        return;
      case 'redirect':
        response.setHeader('Location', asLocation(mountPrefix(request) + route.location));
        refuse(response, 308);
        return;
      case 'notFound':
        refuse(response, 404);
        return;
      case 'badRequest':
        refuse(response, 400);
        return;
    }
  };
}
