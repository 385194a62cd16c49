import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

const logger = new Logger('Request');

/** One line a request, without its query: that may hold invitation codes. */
export function requestLog(request: Request, response: Response, next: NextFunction): void {
  const began = performance.now();
  response.on('finish', () => {
    logger.log({
      message: 'request',
      method: request.method,
      path: request.originalUrl.split('?', 1)[0],
      status: response.statusCode,
      ms: Math.round(performance.now() - began),
    });
  });
  next();
}
