// What to be notified of, and how much a notification says. Where the browser has none, there is nothing to choose.
import { useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { useChoice } from '../parts/choice.ts'
import { Icon } from '../parts/icon.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { Switch } from '../parts/switch.tsx'
import { hideContent, notifyOf } from './notification-choices.ts'
import { askPermission, permissionNow } from './notifications.ts'

export function NotificationSettings() {
  const words = useWords()
  const wanted = useChoice(notifyOf)
  const hides = useChoice(hideContent)
  const [permission, setPermission] = useState(permissionNow)
  if (permission === 'unsupported') return null
  return (
    <>
      <Segmented
        legend={words.settings.notifications}
        options={[
          { value: 'all', label: words.settings.notifyAll },
          { value: 'mine', label: words.settings.notifyMine },
          { value: 'none', label: words.settings.notifyNone },
        ]}
        value={wanted}
        onChoose={notifyOf.choose}
      />
      {wanted !== 'none' && (
        <>
          <Switch
            label={words.settings.hideContent}
            hint={words.settings.hideContentHint}
            isOn={hides === 'yes'}
            onSwitch={isOn => hideContent.choose(isOn ? 'yes' : 'no')}
          />
          {permission === 'default' ? (
            <div className="settings-row">
              <button type="button" className="button" onClick={async () => setPermission(await askPermission())}>
                <Icon name="bell" />
                {words.settings.allow}
              </button>
            </div>
          ) : (
            <p className="field-hint">{permission === 'granted' ? words.settings.allowed : words.settings.blocked}</p>
          )}
        </>
      )}
    </>
  )
}
