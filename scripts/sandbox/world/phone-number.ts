/** A phone number in WeChat's three fields. A foreign number is written `+<country>-<number>`. */
export interface PhoneFields {
  readonly phoneNumber: string
  readonly purePhoneNumber: string
  readonly countryCode: string
}

export function phoneFieldsOf(phone: string): PhoneFields {
  const foreign = /^\+(\d+)-(\d+)$/.exec(phone)
  if (foreign === null) return { phoneNumber: phone, purePhoneNumber: phone, countryCode: '86' }
  const [, countryCode = '', purePhoneNumber = ''] = foreign
  return { phoneNumber: `+${countryCode}${purePhoneNumber}`, purePhoneNumber, countryCode }
}
