/**
 * APIs that ask the person: subscription messages, an address, an invoice title, a place, a call.
 * https://developers.weixin.qq.com/miniprogram/dev/api/open-api/subscribe-message/wx.requestSubscribeMessage.html
 */
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'

const MAX_TEMPLATES = 3

async function requestSubscription({ overlays }: WxContext, options: Options): Promise<object> {
  const given = options['tmplIds']
  const ids = Array.isArray(given) ? given.map(String) : []
  if (ids.length === 0) {
    throw new ApiFailure('TmplIds can not be empty', undefined, { errCode: 10_001 })
  }
  if (ids.length > MAX_TEMPLATES) {
    throw new ApiFailure('TmplIds length is over 3', undefined, { errCode: 20_003 })
  }
  const isAllowed = await overlays.askConsent({
    title: '发送以下消息',
    purpose: '允许后，小程序可以就每个模板给你发送一条消息。',
    rows: ids.map((id) => ({ title: '订阅消息', note: id })),
  })
  return Object.fromEntries(ids.map((id) => [id, isAllowed ? 'accept' : 'reject']))
}

/** The example from WeChat's own documentation. */
const address = {
  userName: '张三',
  telNumber: '020-81167888',
  postalCode: '510000',
  provinceName: '广东省',
  cityName: '广州市',
  countyName: '海珠区',
  streetName: '',
  detailInfo: '新港中路397号',
  detailInfoNew: '新港中路397号',
  nationalCode: '510000',
}

const invoice = {
  type: 0,
  title: '示例公司',
  taxNumber: '',
  companyAddress: '',
  telephone: '',
  bankName: '',
  bankAccount: '',
}

/** Canton Tower, in the coordinate system that WeChat uses in China. */
const place = { latitude: 23.10229, longitude: 113.3345211 }

const scanQuestion = {
  content: '',
  showCancel: true,
  cancelText: '取消',
  confirmText: '确定',
  cancelColor: '',
  confirmColor: '',
  editable: true,
}

/** Asks before it shares data; a refusal fails as in WeChat. */
function handOver(
  { overlays }: WxContext,
  name: string,
  title: string,
  row: { title: string; note: string },
  answer: object,
) {
  return createApi(name, async () => {
    const isAllowed = await overlays.askConsent({ title, purpose: '', rows: [row] })
    if (!isAllowed) throw new ApiFailure('cancel')
    return answer
  })
}

/** APIs that only show something above the page and return no data. */
function tell({ overlays }: WxContext, name: string, describe: (options: Options) => string) {
  return createApi(name, (options) => {
    const title = describe(options)
    overlays.toast({ title, icon: 'none', durationMs: 2000, mask: false })
    return undefined
  })
}

async function scanCode({ overlays }: WxContext): Promise<object> {
  const { confirm, content } = await overlays.modal({
    ...scanQuestion,
    title: '扫一扫',
    placeholderText: '输入码的内容',
  })
  if (!confirm) throw new ApiFailure('cancel')
  const result = content ?? ''
  return {
    result,
    scanType: 'QR_CODE',
    charSet: 'UTF-8',
    path: '',
    rawData: btoa(encodeURI(result)),
  }
}

/** The APIs that ask the person or leave the mini-program. */
export function createPeopleApis(context: WxContext): ApiGroup {
  const spot = { ...place, name: '广州塔', address: '广东省广州市海珠区' }
  const found = { ...place, speed: -1, accuracy: 65, altitude: 0, verticalAccuracy: 65 }
  const location = { title: spot.name, note: spot.address }
  return {
    requestSubscribeMessage: createApi('requestSubscribeMessage', (options) =>
      requestSubscription(context, options),
    ),
    scanCode: createApi('scanCode', () => scanCode(context)),
    chooseAddress: handOver(
      context,
      'chooseAddress',
      '使用你的收货地址',
      { title: address.userName, note: `${address.cityName}${address.detailInfo}` },
      address,
    ),
    chooseInvoiceTitle: handOver(
      context,
      'chooseInvoiceTitle',
      '使用你的发票抬头',
      { title: invoice.title, note: '企业' },
      invoice,
    ),
    chooseLocation: handOver(context, 'chooseLocation', '选择位置', location, spot),
    getLocation: handOver(context, 'getLocation', '获取你的位置信息', location, found),
    getFuzzyLocation: handOver(context, 'getFuzzyLocation', '获取你的模糊位置', location, place),
    makePhoneCall: tell(
      context,
      'makePhoneCall',
      (options) => `拨打 ${textOption(options, 'phoneNumber')}`,
    ),
    openLocation: tell(context, 'openLocation', (options) => {
      const [latitude, longitude] = ['latitude', 'longitude'].map((name) =>
        numberOption(options, name, 0),
      )
      return `在地图上查看 ${textOption(options, 'name', `${latitude}, ${longitude}`)}`
    }),
    navigateToMiniProgram: tell(
      context,
      'navigateToMiniProgram',
      (options) => `打开小程序 ${textOption(options, 'appId')}`,
    ),
    openCustomerServiceChat: tell(context, 'openCustomerServiceChat', () => '打开客服会话'),
  }
}
