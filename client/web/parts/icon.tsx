// The page's few icons, drawn in one stroke style on a 20 by 20 grid. They are decoration: the words are beside them,
// or on the button that holds them.

const PATHS = {
  back: 'M12 4.5 6.5 10l5.5 5.5',
  bell: 'M5.5 14h9c-1-1-1.5-2.5-1.5-5a3 3 0 0 0-6 0c0 2.5-.5 4-1.5 5Zm3 2.5h3',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  clock: 'M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 3v3.7l2.4 1.5',
  close: 'm5.5 5.5 9 9m0-9-9 9',
  copy: 'M7.5 7.5h8v9h-8v-9Zm-3 5V4h8',
  device: 'M6.5 2.5h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1Zm2.5 12.5h2',
  down: 'M10 4v11m-4.5-4.5L10 15l4.5-4.5',
  edit: 'M11.7 5.2 14.8 8.3 7.6 15.5l-3.6.5.5-3.6 7.2-7.2Z',
  eye: 'M2.5 10S5.3 5 10 5s7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5Zm7.5-2a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z',
  'eye-off':
    'm3.5 3.5 13 13M8.2 5.2A7.6 7.6 0 0 1 10 5c4.7 0 7.5 5 7.5 5a13 13 0 0 1-2.3 2.8M5.2 6.8A12.6 12.6 0 0 0 2.5 10S5.3 15 10 15c1 0 2-.2 2.8-.6',
  code: 'm7 6-4 4 4 4m6-8 4 4-4 4',
  help: 'M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm-1.9 4.7a2 2 0 1 1 2.8 1.8c-.6.3-.9.7-.9 1.4m0 2.1v.1',
  install: 'M10 3v9m-3.5-3.5L10 12l3.5-3.5M4 15.5h12',
  laptop: 'M5 4.5h10a1 1 0 0 1 1 1v7.5H4V5.5a1 1 0 0 1 1-1ZM2 15.5h16',
  leave: 'M8 4H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3m4.5-9.5L16 10l-3.5 3.5M16 10H8',
  lock: 'M5.5 9h9a1 1 0 0 1 1 1v5.5a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1Zm1.5 0V6.5a3 3 0 0 1 6 0V9',
  menu: 'M4 6h12M4 10h12M4 14h12',
  more: 'M4.5 10h1m4 0h1m4 0h1',
  note: 'M5 3.5h10a1 1 0 0 1 1 1v7.5l-4.5 4.5H5a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1Zm6.5 13V13a1 1 0 0 1 1-1H16',
  people:
    'M7.5 4a2.75 2.75 0 1 1 0 5.5 2.75 2.75 0 0 1 0-5.5ZM2.5 16c.3-2.8 2.3-4.5 5-4.5s4.7 1.7 5 4.5M13 4.3a2.6 2.6 0 0 1 0 5m1.2 2.4c1.9.5 3.1 2 3.3 4.3',
  person: 'M10 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM4 16.5c.4-3 2.8-4.5 6-4.5s5.6 1.5 6 4.5',
  plus: 'M10 4.5v11m-5.5-5.5h11',
  plug: 'M7 3.5v3m6-3v3M5 6.5h10v2.5a5 5 0 0 1-10 0V6.5Zm5 7.5v3',
  reply: 'M8 5 4 9l4 4M4 9h7a5 5 0 0 1 5 5v1.5',
  retry: 'M15.5 8.5A6 6 0 1 0 16 11m0-6.5v4h-4',
  search: 'M9 4a5 5 0 1 1 0 10A5 5 0 0 1 9 4Zm3.7 8.7L16.5 16.5',
  settings: 'M4 6h6m4 0h2M4 14h2m4 0h6M12 4v4M8 12v4',
  send: 'M3.5 10 16.5 4l-4 12.5-3-5-6-1.5Zm6 1.5 3-3.5',
  trash: 'M4 6h12M8 6V4h4v2m3 0-.7 10H5.7L5 6m3.5 3v4.5m3-4.5v4.5',
  up: 'M10 16V5m-4.5 4.5L10 5l4.5 4.5',
  warning: 'M10 4 2.8 16h14.4L10 4Zm0 4.8v3.2m0 2v.2',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
