// The page's build: client/web → client/web/dist, for the server to serve at `/`. Nothing is inlined, so that it runs
// under `script-src 'self'; style-src 'self'`; every path is relative, so that it also runs below a path.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** For `vite dev`: where a server runs, by default `npm start`'s. */
const SERVER = process.env.RECADO_URL ?? 'http://127.0.0.1:4000'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome123', 'firefox124', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { target: SERVER, ws: true } },
  },
})
