// What Recado is, for somebody who sees it for the first time: the promise, three points, and three slips of paper.
import { useWords } from '../i18n/language.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Logo } from '../parts/logo.tsx'

const ICONS: readonly IconName[] = ['lock', 'people', 'retry']

export function EnterStory() {
  const words = useWords()
  const { preview } = words.enter
  return (
    <header className="story">
      <div className="story-inner">
        <p className="story-brand">
          <Logo size={40} />
          <span>Recado</span>
        </p>
        <p className="story-tagline">{words.app.tagline}</p>
        <p className="story-promise">{words.app.promise}</p>
        <div className="story-slips" aria-hidden="true">
          <p className="slip slip-one">
            <b>maria</b>
            {preview.question}
          </p>
          <p className="slip slip-two">
            <b>joão</b>
            {preview.answer}
          </p>
          <p className="slip slip-private">
            <b>
              <Icon name="lock" size={14} /> ana
            </b>
            {preview.whisper}
          </p>
        </div>
        <ul className="story-points">
          {words.enter.points.map(({ title, text }, index) => (
            <li key={title}>
              <Icon name={ICONS[index] ?? 'check'} />
              <div>
                <strong>{title}</strong>
                <span>{text}</span>
              </div>
            </li>
          ))}
        </ul>
      </div>
    </header>
  )
}
