// How the page speaks, looks, moves and notifies, in one place.

import { useInstall } from '../comfort/install.ts'
import { NotificationSettings } from '../comfort/notification-settings.tsx'
import { useWords } from '../i18n/language.tsx'
import { useChoice } from '../parts/choice.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { motion } from '../parts/motion.ts'
import { Preferences } from '../parts/preferences.tsx'
import { Segmented } from '../parts/segmented.tsx'

interface SettingsDialogProps {
  readonly onDelete: () => void
  readonly onClose: () => void
}

export function SettingsDialog({ onDelete, onClose }: SettingsDialogProps) {
  const words = useWords()
  const chosenMotion = useChoice(motion)
  const install = useInstall()
  return (
    <Dialog title={words.settings.title} onClose={onClose}>
      {() => (
        <div className="dialog-body settings">
          <Preferences />
          <Segmented
            legend={words.settings.motion}
            options={[
              { value: 'auto', label: words.settings.motionAuto },
              { value: 'reduced', label: words.settings.motionReduced },
            ]}
            value={chosenMotion}
            onChoose={motion.choose}
          />
          <NotificationSettings />
          {install && (
            <div className="settings-row">
              <button type="button" className="button" onClick={install}>
                <Icon name="install" />
                {words.settings.install}
              </button>
              <p className="field-hint">{words.settings.installHint}</p>
            </div>
          )}
          <div className="settings-row">
            <button type="button" className="button-link settings-delete" onClick={onDelete}>
              {words.settings.deleteAccount}
            </button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
