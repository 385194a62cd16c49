import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Sessions, type Visitor } from './sessions.js';

const PUBLIC = 'public';

type SignedRequest = Request & { visitor?: Visitor };

/** A route that needs no one to be signed in. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Who asks; nobody on public routes, unless they are signed in. */
export const CurrentVisitor = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<SignedRequest>().visitor,
);

/** Every route but the public ones wants an access token. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: Sessions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<SignedRequest>();
    const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
    if (scheme?.toLowerCase() === 'bearer' && token) {
      request.visitor = await this.sessions.verify(token);
      return true;
    }
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    throw new UnauthorizedException('Sign in first');
  }
}
