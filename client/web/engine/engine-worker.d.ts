// The address of the built worker.ts, which vite.config.ts provides.
declare module 'virtual:engine-worker' {
  const url: string
  export default url
}
