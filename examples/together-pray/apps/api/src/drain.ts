import type { Server } from 'node:http';
import { type BeforeApplicationShutdown, Injectable, type NestMiddleware } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';

/**
 * Lets the server end without failing a request. Nest stops to accept connections and waits for the open ones; a reverse
 * proxy that keeps its connections alive would make it wait for as long as it likes.
 */
@Injectable()
export class Drain implements NestMiddleware, BeforeApplicationShutdown {
  started = false;

  constructor(private readonly adapter: HttpAdapterHost) {}

  use(_request: Request, response: Response, next: NextFunction): void {
    if (this.started) response.set('Connection', 'close');
    next();
  }

  beforeApplicationShutdown(): void {
    this.started = true;
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    // What was in flight when the signal came leaves its connection open when it is answered.
    setInterval(() => server.closeIdleConnections(), 100).unref();
  }
}
