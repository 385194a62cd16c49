import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;
const SALT_BYTES = 16;
const KEY_BYTES = 64;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, KEY_BYTES);
  return `scrypt:${salt.toString('base64')}:${key.toString('base64')}`;
}

/** Takes as long for an account that is not there: without a hash the answer is no after the same work. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', key = ''] = hash?.split(':') ?? [];
  const expected = hash ? Buffer.from(key, 'base64') : randomBytes(KEY_BYTES);
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), KEY_BYTES), expected);
}
