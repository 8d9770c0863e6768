// The one function of qrcode-terminal that is used here; the package brings no types.
declare module 'qrcode-terminal' {
  const qrcode: {
    /** Draws with block characters, by half lines when `small`, and gives the drawing to `done` before it returns. */
    generate(text: string, options: { small: boolean }, done: (code: string) => void): void
  }
  export default qrcode
}
