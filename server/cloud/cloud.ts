/**
 * The cloud feature: logins without a code, when WeChat's cloud carries the request and identifies the caller.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/weixin/
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { WechatApp } from '../wechat/wechat-app'
import type { Logger } from '../logger'
import type { WechatPerson } from '../store/store'
import { hasIdentityHeaders, readHeaders } from './headers'
import { functionSenders, namePerson } from './sender'

/** Warns once per process, so that a client can't fill the log. */
function createWarning(logger: Logger): RequestHandler {
  let isWarned = false
  return (req: Request, _res: Response, next: NextFunction) => {
    if (!isWarned && hasIdentityHeaders(req)) {
      isWarned = true
      logger.warn(
        {},
        "a request brought WeChat's X-WX-* headers, which are ignored without TRUST_CLOUD_HEADERS=true; this is said once",
      )
    }
    next()
  }
}

type NamePerson = (wantedAppid: string | undefined) => WechatPerson

/** @param trustHeaders TRUST_CLOUD_HEADERS. */
export function createCloud({
  apps,
  trustHeaders,
  logger,
}: {
  apps: readonly WechatApp[]
  trustHeaders: boolean
  logger: Logger
}) {
  return {
    /** Null unless a cloud is trusted; else a function that returns the person, or throws. */
    findSender(req: Request): NamePerson | null {
      const ofFunction = functionSenders.get(req.socket)
      if (ofFunction !== undefined) return (wanted) => namePerson(ofFunction, apps, wanted)
      return trustHeaders ? (wanted) => namePerson(readHeaders(req), apps, wanted) : null
    },
    /** Runs before all routes. */
    before: trustHeaders ? [] : [createWarning(logger)],
  }
}
