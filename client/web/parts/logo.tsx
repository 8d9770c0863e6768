// The mark: a slip of paper with a folded corner and a tail, which is a note and a spoken word at once; on it, a tick.

export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        className="logo-slip"
        d="M8 3h11.5L28 11.5V20a5 5 0 0 1-5 5H13.5l-6.2 4.6c-.7.5-1.6 0-1.6-.8V24.6A5 5 0 0 1 3 20V8a5 5 0 0 1 5-5Z"
      />
      <path className="logo-fold" d="M19.5 3 28 11.5h-5.5a3 3 0 0 1-3-3V3Z" />
      <path className="logo-tick" d="m9.5 15.2 4 4 7.5-7.7" fill="none" strokeWidth="2.6" />
    </svg>
  )
}
