import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { LoginDto, RefreshDto, RegisterDto } from './auth.dto.js';
import { CurrentVisitor, Public } from './auth.guard.js';
import { AuthService } from './auth.service.js';
import type { Visitor } from './sessions.js';

// Each costs a key derivation, and each is a guess.
const GUESSES = { default: { ttl: 60_000, limit: 20 } };

@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Public()
  @Throttle(GUESSES)
  @Post('register')
  register(@Body() body: RegisterDto) {
    return this.auth.register(body);
  }

  @Public()
  @Throttle(GUESSES)
  @Post('login')
  @HttpCode(200)
  login(@Body() body: LoginDto) {
    return this.auth.login(body);
  }

  @Public()
  @Post('refresh')
  @HttpCode(200)
  refresh(@Body() body: RefreshDto) {
    return this.auth.refresh(body.refreshToken);
  }

  @Get('me')
  me(@CurrentVisitor() visitor: Visitor) {
    return this.auth.me(visitor.id);
  }
}
