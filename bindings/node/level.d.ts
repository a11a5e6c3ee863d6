import { AbstractLevel, AbstractDatabaseOptions, AbstractOpenOptions } from 'abstract-level'

export interface KvLevelOptions {
  /** Default 'none': a write that says { sync: true } is on the disk, others within about a second. */
  sync?: 'always' | 'none' | `${number}ms`
  memory?: number
  readOnly?: boolean
  lockWaitMs?: number
  compactAt?: number
  keepHistory?: string
  compress?: string
}

/** kvstore behind abstract-level's interface, as classic-level is LevelDB behind it. */
export class KvLevel<KDefault = string, VDefault = string> extends AbstractLevel<string | Buffer | Uint8Array, KDefault, VDefault> {
  constructor (location: string, options?: AbstractDatabaseOptions<KDefault, VDefault> & KvLevelOptions)
  get location (): string
  /** The file itself: `location`, or one in it, if that is a directory. */
  get file (): string
  open (options?: AbstractOpenOptions & KvLevelOptions): Promise<void>
  getSync (key: KDefault): VDefault | undefined
  compactRange (): Promise<void>
  static destroy (location: string): Promise<void>
}
