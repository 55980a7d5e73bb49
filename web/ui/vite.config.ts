import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// Where `vite dev` finds the server.
const server = process.env.TASKWIRE_URL ?? 'http://127.0.0.1:8000';

const trustedDocuments: Plugin = {
  name: 'trusted-documents',
  generateBundle() {
    const manifest = readFileSync(path('./src/generated/persisted-documents.json'), 'utf8');
    this.emitFile({
      type: 'asset',
      fileName: 'persisted-documents.json',
      // Hashes are known to be of this kind, and clients send them without saying so.
      source: manifest.replaceAll('"sha256:', '"'),
    });
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), trustedDocuments],
  resolve: { alias: { '@': path('./src') } },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/auth': server,
      '/graphql': { target: server, ws: true },
    },
  },
  build: {
    // Inlined assets would be data: URLs, which the content security policy refuses for scripts.
    assetsInlineLimit: 0,
    // Monaco, which only GraphiQL loads, is one module graph of about 3.5 MB.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: { main: path('./index.html'), graphiql: path('./graphiql.html') },
      // GraphiQL's packages carry directives of the React compiler, which mean nothing here.
      checks: { moduleLevelDirective: false },
    },
  },
});
