import type { Redis } from 'ioredis';
import { tooMany } from './errors.js';

const ATTEMPTS = 10;
const WINDOW_SECONDS = 15 * 60;

/** Refuses to check passwords for an account after too many wrong ones. */
export class LoginLimit {
  constructor(private readonly redis: Redis) {}

  async check(email: string): Promise<void> {
    const failures = Number(await this.redis.get(key(email)));
    if (failures >= ATTEMPTS) throw tooMany('Too many wrong passwords; wait a quarter of an hour');
  }

  async failed(email: string): Promise<void> {
    // Together, so that a count never outlives its window.
    await this.redis.multi().incr(key(email)).expire(key(email), WINDOW_SECONDS).exec();
  }

  async succeeded(email: string): Promise<void> {
    await this.redis.del(key(email));
  }
}

const key = (email: string) => `login:failed:${email}`;
