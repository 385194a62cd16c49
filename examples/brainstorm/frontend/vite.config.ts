import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: {
    port: 5173,
    // As in production: one origin serves both.
    proxy: { '/api': { target: 'http://localhost:3001', ws: true } },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'lcov'] },
  },
});
