// The page and the server behind one address, so that the browser sees one origin.
import { defineConfig } from 'vite'

const proxy = { '/graphql': { target: process.env.RECADO_URL ?? 'http://127.0.0.1:4000', ws: true } }

export default defineConfig({
  define: { 'globalThis.__DEV__': 'false' },
  server: { proxy },
  preview: { proxy },
})
