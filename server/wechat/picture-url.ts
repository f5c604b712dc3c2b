/** Only pictures that WeChat itself hosts. */
const WECHAT_PICTURE = /^https?:\/\/([a-z0-9-]+\.)*(qlogo|qpic)\.cn\/[\x21-\x7e]*$/

/** @returns the address of a person's picture over HTTPS (`http:` is an old spelling of the same), or null. */
export const parsePictureUrl = (text: string): string | null =>
  WECHAT_PICTURE.test(text) ? text.replace(/^http:/, 'https:') : null
