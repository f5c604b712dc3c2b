/**
 * Asks for confirmation before an action that can't be undone. A tap on the backdrop cancels.
 * Events: `confirm`, `cancel`.
 */

import { texts } from '../../texts'

Component({
  properties: {
    open: { type: Boolean, value: false },
    title: { type: String, value: '' },
    detail: { type: String, value: '' },
    /** Label of the confirm button. */
    action: { type: String, value: '' },
    busy: { type: Boolean, value: false },
    /** Error message of the last attempt; empty when there is none. */
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
