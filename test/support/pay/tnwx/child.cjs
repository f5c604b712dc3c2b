/**
 * Sends what it is told with the unmodified @tnwx/wxpay. Each message is one call; the answer says whether
 * the package itself takes it for WeChat's.
 */
const { PayKit } = require('@tnwx/wxpay')

process.on('message', async ({ url, path, body, merchant, publicKeyId, publicKey }) => {
  const signer = [merchant.mchid, merchant.serial, merchant.privateKey]
  const { status, headers, data } =
    body === undefined
      ? await PayKit.exeGet(url, path, ...signer, new Map([['mchid', merchant.mchid]]), publicKeyId)
      : await PayKit.exePost(url, path, ...signer, JSON.stringify(body), publicKeyId)
  // As its own examples do: the text is made again from what axios parsed.
  const text = data === '' ? '' : JSON.stringify(data)
  process.send({ status, data, isGenuine: PayKit.verifySign(headers, text, publicKey) })
})
