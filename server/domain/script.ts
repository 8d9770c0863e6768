// The entries of worker threads lie beside the files that start them, as TypeScript here and as JavaScript in the package.

/** @param of the module's `import.meta.url` @param name without its extension */
export function scriptBeside(of: string, name: string): URL {
  return new URL(`./${name}${of.endsWith('.ts') ? '.ts' : '.js'}`, of)
}
