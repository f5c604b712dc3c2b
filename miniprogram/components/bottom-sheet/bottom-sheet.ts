/**
 * A panel that rises from the lower edge above a shade, with a slot for its content. It takes no
 * decision: a tap on the shade is only reported. Events: `shade`.
 */

Component({
  properties: {
    open: { type: Boolean, value: false },
    /** What a screen reader announces. */
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
