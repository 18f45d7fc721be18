/** When a resource fails: when it is created, changed, deleted by a deletion or a cleanup, or rolled back by a rollback. */
export type Phase = 'create' | 'update' | 'delete' | 'rollback'

/** A resource that is configured to fail. */
export interface ResourceFault {
  resource: string
  /** Create or update by default. */
  during?: Phase | undefined
  /** The text of its event; a general failure of the service by default. */
  reason?: string | undefined
  /** How often it fails, over all stacks of the name; always by default. */
  times?: number | undefined
  /** It fails only by its signals: this many of its instances send theirs, the others never do. */
  signals?: number | undefined
}

/** How an accepted request is carried out: fixed with it, whichever process looks later. */
export interface Execution {
  /** The operation's id. */
  operation: string
  /** How many times as fast as real life it runs. */
  speed: number
  seed: number
  faults: ResourceFault[]
  token?: string
  /** No instance signals by itself: SignalResource is called instead. */
  signals?: 'outside'
}

/** What CreateStack and UpdateStack fix permanently: nothing about a stack's future is decided later. */
export interface StackSpecification extends Execution {
  /** SHA-256 of the template's text, which is kept next to the log. */
  template: string
  /** As given, or taken from the last operation, by name. */
  parameters: Record<string, string>
  /** The values of SSM parameters at that moment. */
  resolved: Record<string, string>
  /** The exports of other stacks at that moment, by the imported names. */
  imports?: Record<string, string>
  tags: Record<string, string>
  capabilities: string[]
  notifications: string[]
  roleArn?: string
  /** The loopback port of each load balancer; one in a nested stack is named `Child/Balancer`. */
  ports: Record<string, number>
  /** The templates of the nested stacks, by resource. */
  nested?: Record<string, NestedTemplate>
  /** The change set it was previewed with. */
  changeSet?: string
  disableRollback: boolean
  retainExceptOnCreate: boolean
}

/** The content of a nested stack's TemplateURL when the request was accepted. */
export type NestedTemplate =
  | { template: string; nested?: Record<string, NestedTemplate> }
  /** Why a stack cannot be created from it. */
  | { refused: string }

export interface CreateStack extends StackSpecification {
  type: 'CreateStack'
  stack: string
  name: string
  region: string
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  protection: boolean
  timeoutMinutes?: number
  /** A key pair parameter whose key did not exist: CloudFormation notices only after it has accepted the request. */
  missingKey?: { parameter: string; value: string }
}

export interface UpdateStack extends StackSpecification {
  type: 'UpdateStack'
  stack: string
  /** Of a nested stack: it keeps what it replaced until its parent has succeeded. */
  part?: boolean
}

export interface DeleteStack extends Execution {
  type: 'DeleteStack'
  stack: string
  retain: string[]
  force: boolean
  /** Of a nested stack whose parent's creation or update is rolled back. */
  rollback?: boolean
}

/** Rolls back a creation or an update that failed and was left as it was. */
export interface RollbackStack extends Execution {
  type: 'RollbackStack'
  stack: string
  retainExceptOnCreate: boolean
}

/** Continues a rollback that failed. */
export interface ContinueRollback extends Execution {
  type: 'ContinueRollback'
  stack: string
  /** Resources that are left as they are. */
  skip: string[]
}

/** Cancels an update in progress and rolls it back. */
export interface CancelUpdate extends Execution {
  type: 'CancelUpdate'
  stack: string
}

/** Ends the update of a nested stack once its parent's has succeeded; never in the log. */
export interface CleanUp extends Execution {
  type: 'CleanUp'
  stack: string
}

/** What changes the resources of a stack. */
export type OperationEntry =
  | CreateStack
  | UpdateStack
  | DeleteStack
  | RollbackStack
  | ContinueRollback
  | CancelUpdate
  | CleanUp

export interface CreateChangeSet {
  type: 'CreateChangeSet'
  stack: string
  id: string
  name: string
  description?: string
  /** A stack that is to be created begins as a name in review. */
  review?: { name: string; region: string }
  /** The operation of its execution, by then with ports. */
  operation: CreateStack | UpdateStack
}

export type StackEntry =
  | OperationEntry
  | CreateChangeSet
  | { type: 'DeleteChangeSet'; stack: string; id: string }
  | { type: 'ProtectStack'; stack: string; protection: boolean }
  | {
      type: 'SignalResource'
      stack: string
      /** The nested stack whose resource it is; `stack` is then its root. */
      nested?: string
      resource: string
      unique: string
      status: 'SUCCESS' | 'FAILURE'
    }
  /** An instance is terminated; `replaced` by another one of its group. */
  | { type: 'TerminateInstance'; stack: string; nested?: string; instance: string; replaced: boolean }
  /** Mesos drains an agent, by its address, and marks it gone. */
  | { type: 'DrainAgent'; stack: string; host: string }
  | {
      type: 'AddApplication'
      stack: string
      application: { id: string; acceptedAt: string; definition: Record<string, unknown> }
    }
  | { type: 'RemoveApplication'; stack: string; application: string }

export interface KeyPair {
  id: string
  region: string
  name: string
  kind: 'rsa' | 'ed25519'
  fingerprint: string
  publicKey: string
  tags: Record<string, string>
}

export type KeyEntry =
  | ({ type: 'CreateKeyPair' } & KeyPair)
  | { type: 'DeleteKeyPair'; id: string }
  | {
      type: 'TagResources'
      region: string
      resources: string[]
      set: Record<string, string>
      remove: string[]
    }

export type BucketEntry =
  | { type: 'CreateBucket'; bucket: string; region: string }
  | { type: 'DeleteBucket'; bucket: string }
  | { type: 'TagBucket'; bucket: string; tags: Record<string, string> }
  | { type: 'VersionBucket'; bucket: string; status: string }
  | {
      type: 'PutObject'
      bucket: string
      key: string
      blob: string
      size: number
      etag: string
      contentType?: string
    }
  | { type: 'BeginUpload'; bucket: string; key: string; upload: string }
  | {
      type: 'PutPart'
      bucket: string
      key: string
      upload: string
      part: number
      blob: string
      size: number
      etag: string
    }
  | {
      type: 'CompleteUpload'
      bucket: string
      key: string
      upload: string
      blobs: string[]
      size: number
      etag: string
    }
  | { type: 'AbortUpload'; bucket: string; key: string; upload: string }
  | { type: 'DeleteObjects'; bucket: string; objects: { key: string; version?: string }[] }

/** Something created in EC2 outside of stacks, as the agents of a cluster do. */
export interface LooseResource {
  id: string
  kind: 'security-group' | 'network-interface' | 'volume'
  region: string
  /** Of a security group. */
  name?: string
  description: string
  vpc?: string
  subnet?: string
  /** The security groups of a network interface. */
  groups?: string[]
  zone?: string
  /** Of a volume, in GiB. */
  size?: number
  tags: Record<string, string>
}

export type LooseEntry =
  | { type: 'CreateResource'; resource: LooseResource }
  | { type: 'DeleteResource'; id: string }

/** This machine's clock was set back: rehearsed time continues from here. */
export interface SetClock {
  type: 'SetClock'
}

export type Change = StackEntry | KeyEntry | BucketEntry | LooseEntry | SetClock

/** One line of the log: an accepted change and when it was accepted (milliseconds since the epoch). */
export type Entry<C extends Change = Change> = C & { at: number }
