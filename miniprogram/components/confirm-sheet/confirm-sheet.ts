/**
 * Asks before something that can't be taken back. The shade counts as no.
 * Events: `confirm`, `cancel`.
 */

import { texts } from '../../texts'

Component({
  properties: {
    open: { type: Boolean, value: false },
    title: { type: String, value: '' },
    detail: { type: String, value: '' },
    /** The text of the button that does it. */
    action: { type: String, value: '' },
    busy: { type: Boolean, value: false },
    /** Why the last try failed; empty when it did not. */
    message: { type: String, value: '' },
  },
  data: { cancelText: texts.common.cancel },
  methods: {
    onConfirm() {
      if (!this.data.busy) this.triggerEvent('confirm')
    },
    onCancel() {
      if (!this.data.busy) this.triggerEvent('cancel')
    },
  },
})
