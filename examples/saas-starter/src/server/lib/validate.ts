import { z } from 'zod';
import { badRequest } from './errors.js';

export const email = z.string().trim().toLowerCase().pipe(z.email().max(254));

/** The value as the schema describes it; a 400 naming every wrong field otherwise. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw badRequest(
    'Some fields are not valid',
    result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
  );
}
