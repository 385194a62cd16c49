/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  // This folder is the whole frontend, whatever lies above it or in server/.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
};
