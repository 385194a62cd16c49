/** Next.js calls this once, when the server starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { closeConnectionsOnStop } = await import('./lib/drain.ts');
    closeConnectionsOnStop();
  }
}
