/** Where the browser finds the API, fixed at build time; '' is the same origin. */
export const PUBLIC_API_URL = process.env.NEXT_PUBLIC_API_URL ?? '';
