/** One order: its state on the server, and the actions that are still possible. */

import type { Order } from '../../../typings/api'
import { getFontScale } from '../../services/appearance'
import { isAbsent, messageFor } from '../../services/failure'
import { toOrderView } from '../../services/order-view'
import type { OrderView } from '../../services/order-view'
import { isPayCancelled, isPayFailed } from '../../services/pay'
import { payments } from '../../services/payments'
import { texts } from '../../texts'
import { showFailure } from './show-failure'

const t = texts.pay

Page({
  data: {
    t,
    fontScale: 1,
    phase: 'loading',
    message: '',
    order: null as OrderView | null,
    busy: false,
  },

  id: '',
  known: null as Order | null,
  /** Counts the loads and the shown orders: a slow answer knows less than what came after it. */
  turns: 0,

  onLoad({ id = '' }: { id?: string }) {
    this.id = id
    this.setData({ fontScale: getFontScale() })
    void this.load()
  },

  async onPullDownRefresh() {
    await this.load()
    void wx.stopPullDownRefresh()
  },

  onRetry() {
    this.setData({ phase: 'loading' })
    void this.load()
  },

  async load() {
    if (this.id === '') {
      this.setData({ phase: 'missing' })
      return
    }
    this.turns += 1
    const turn = this.turns
    try {
      const order = await payments.get(this.id)
      if (turn === this.turns) this.show(order)
    } catch (error) {
      if (turn !== this.turns) return
      if (isAbsent(error)) this.setData({ phase: 'missing' })
      else showFailure(this, error, messageFor(error))
    }
  },

  show(order: Order) {
    this.turns += 1
    this.known = order
    this.setData({ phase: 'ready', order: toOrderView(order, Date.now()) })
  },

  async onPay() {
    const { known } = this
    if (known === null) return
    await this.change(async () => {
      const order = await payments.payAgain(known)
      if (order === null) this.toast(t.otherPhone)
      else this.show(order)
    })
  },

  async onClose() {
    await this.change(async () => this.show(await payments.close(this.id)))
  },

  async change(work: () => Promise<void>) {
    if (this.data.busy) return
    this.setData({ busy: true })
    try {
      await work()
    } catch (error) {
      if (isPayCancelled(error)) this.toast(t.cancelled)
      else this.toast(isPayFailed(error) ? t.sheetFailed : messageFor(error))
      await this.load()
    } finally {
      this.setData({ busy: false })
    }
  },

  toast(title: string) {
    void wx.showToast({ title, icon: 'none' })
  },
})
