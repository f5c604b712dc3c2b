/**
 * Sends the requested calls with the unmodified @tnwx/wxpay. Each message is one call; the answer
 * says whether the package accepts the signature.
 */
const { PayKit } = require('@tnwx/wxpay')

process.on('message', async ({ url, path, body, merchant, publicKeyId, publicKey }) => {
  const signer = [merchant.mchid, merchant.serial, merchant.privateKey]
  const { status, headers, data } =
    body === undefined
      ? await PayKit.exeGet(url, path, ...signer, new Map([['mchid', merchant.mchid]]), publicKeyId)
      : await PayKit.exePost(url, path, ...signer, JSON.stringify(body), publicKeyId)
  // As in its own examples: the text is serialized again from the JSON that axios parsed.
  const text = data === '' ? '' : JSON.stringify(data)
  process.send({ status, data, isGenuine: PayKit.verifySign(headers, text, publicKey) })
})
