import path from 'node:path';
import type { NextConfig } from 'next';

const repository = path.join(import.meta.dirname, '../..');

export default {
  output: 'standalone',
  // Dependencies are installed at the root of the workspace.
  outputFileTracingRoot: repository,
  turbopack: { root: repository },
  poweredByHeader: false,
} satisfies NextConfig;
