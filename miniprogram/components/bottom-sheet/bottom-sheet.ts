/**
 * A panel that slides up over a backdrop, with a slot for its content. It only reports a tap on the
 * backdrop; the parent decides what to do. Events: `shade`.
 */

Component({
  properties: {
    open: { type: Boolean, value: false },
    /** Label for screen readers. */
    label: { type: String, value: '' },
  },
  methods: {
    onShade() {
      this.triggerEvent('shade')
    },
    /** Bound with catch, so that the page below does not scroll. */
    keepStill() {
      return false
    },
  },
})
