/** Two items for sale and the past orders. The server sets items and prices. */

import { getFontScale } from '../../services/appearance'
import { isAbsent, messageFor } from '../../services/failure'
import { openPage } from '../../services/navigation'
import { toOrderView } from '../../services/order-view'
import type { OrderView } from '../../services/order-view'
import { formatFen, isPayCancelled, isPayFailed } from '../../services/pay'
import { payments } from '../../services/payments'
import { texts } from '../../texts'
import { showFailure } from './show-failure'

const t = texts.pay

interface ItemView {
  item: string
  description: string
  price: string
}

type TapOn<T extends object> = WechatMiniprogram.TouchEvent<object, object, T>

Page({
  data: {
    t,
    fontScale: 1,
    phase: 'loading',
    message: '',
    items: [] as ItemView[],
    orders: [] as OrderView[],
    /** The item that is being bought. */
    busy: '',
  },

  isShown: false,
  /** Counts the loads, because only the answer to the newest counts. */
  loads: 0,

  onLoad() {
    this.setData({ fontScale: getFontScale() })
  },

  /** Also runs on return from an order page, where the order may have changed. */
  onShow() {
    this.isShown = true
    void this.load()
  },

  onHide() {
    this.isShown = false
  },

  onUnload() {
    this.isShown = false
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
    this.loads += 1
    const load = this.loads
    try {
      const [items, orders] = await Promise.all([payments.items(), payments.list()])
      if (load !== this.loads) return
      const nowMs = Date.now()
      this.setData({
        phase: 'ready',
        items: items.map(({ item, description, priceFen }) => ({
          item,
          description,
          price: formatFen(priceFen),
        })),
        orders: orders.map((order) => toOrderView(order, nowMs)),
      })
    } catch (error) {
      if (load !== this.loads) return
      showFailure(this, error, isAbsent(error) ? t.absent : messageFor(error))
    }
  },

  async onBuy({ currentTarget }: TapOn<{ item: string }>) {
    // A second tap may come before the button is disabled: it would make a second order.
    if (this.data.busy !== '') return
    const { item } = currentTarget.dataset
    this.setData({ busy: item })
    try {
      const { id } = await payments.pay(item)
      // WeChat may take 15 s to confirm. Do not open the order if the user has left the page.
      if (this.isShown) this.open(id)
    } catch (error) {
      if (isPayCancelled(error)) this.toast(t.cancelled)
      else this.toast(isPayFailed(error) ? t.sheetFailed : messageFor(error))
      await this.load()
    } finally {
      this.setData({ busy: '' })
    }
  },

  onOrder({ currentTarget }: TapOn<{ id: string }>) {
    this.open(currentTarget.dataset.id)
  },

  open(id: string) {
    openPage(`/pages/pay/order?id=${id}`)
  },

  toast(title: string) {
    void wx.showToast({ title, icon: 'none' })
  },
})
