import type { Code } from '../base/failure.ts'

export * as config from '../../config/explain.ts'

/** What `npx task help CODE` says: what the code means and what to do about it. */
export const advice: Record<Code, string> = {
  USAGE: `
The command line cannot be understood: an unknown task or option, a missing value, or tasks that cannot go together.
"npx task" lists the tasks, "npx task --help" the options. Exit status 2; nothing was done.`,
  CONFIG_INVALID: `
The config is wrong. The message names each place as file:line:column (or the variable, or the KEY=VALUE word), what is
wrong there and what is allowed. config/cluster.yaml lists every key, "npx task help KEY" explains one. Exit status 2; nothing
was done.`,
  TEMPLATE_UNREADABLE: `
The template named by "template" cannot be read: it is missing, a folder, empty, binary, or not accessible. A relative path
in the config counts from the project's folder, one on the command line from the current folder. An address on the web may be
dead, and an official template must be pinned in templates/official.lock.json: templates/README.md says why, and where copies are.`,
  TEMPLATE_INVALID: `
The template was read but is no CloudFormation template that could come up: a syntax error, a reference to something it
does not hold, or something that CloudFormation itself refused. The message names the place. Or it is not what its SHA-256
pins it to: find out who changed it before you use it. Nothing was created.`,
  TEMPLATE_TOO_LARGE: `
CloudFormation takes a template of at most 1,000,000 bytes. JSON is minified to fit; over 51,200 bytes it goes through a bucket
that is made for the cluster. Split what is larger into nested stacks, or move large scripts out of it.`,
  PARAMETER_INVALID: `
A parameter of the template is missing, unknown, or outside of what the template allows for it; or a key of the config cannot
be honoured by this template. "npx task show-template" prints the template with its Parameters. Nothing was created.`,
  CREDENTIALS_MISSING: `
AWS was asked for, but there are no credentials. They are looked for as every AWS tool does: AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, AWS_PROFILE or aws.profile, ~/.aws, the role of an instance. "aws configure" makes them.`,
  CREDENTIALS_EXPIRED: `
The credentials were good once but have expired. What was started in AWS goes on. Renew them (for example "aws sso login")
and run the same line again: it continues where it stopped.`,
  ACCESS_DENIED: `
AWS knows you but does not let you do this; the message names the action. Ask whoever administers the account for it.`,
  ENDPOINT_UNREACHABLE: `
The address of an AWS service (or of the emulator that aws.endpoint names) does not answer. Check the network, the region's
name and aws.endpoint, then run the same line again.`,
  THROTTLED: `
AWS was asked too much in too short a time, by everybody in the account together, and went on refusing although the
request was repeated more and more slowly. Wait a minute and run the same line again.`,
  KEY_FOREIGN: `
EC2 has a key pair of the cluster's name that does not carry our tag: somebody else made it, and it is left alone. Choose
another cluster.name, or remove the key pair yourself if nobody needs it.`,
  KEY_DIFFERS: `
The cluster's key pair holds another public key than access.publicKey names. It is never overwritten: instances that are up
would keep the old one. Set access.publicKey to auto to keep it, or destroy the cluster and bring it up again.`,
  STACK_FOREIGN: `
CloudFormation has a stack of the cluster's name that does not carry our tag: somebody else made it, and it is left alone.
Choose another cluster.name.`,
  STACK_CHANGED: `
The config wants something else than the running stack has; the message says what, from and to. An update needs your yes at
the terminal, or --yes. So a line without the values of the last time never shrinks a cluster by surprise.`,
  STACK_FAILED: `
The creation or update of the stack failed. The message names the resource with which it began and the reason AWS gave. Mend
that and run the same line again: a failed creation is removed first.`,
  STACK_DELETE_FAILED: `
Something could not be deleted; the message names it and the reason. Remove what is in the way (often something that was
made by hand inside the cluster's VPC) and run "npx task destroy" again.`,
  DCOS_UNREACHABLE: `
The masters' address does not answer. The load balancer may not know its masters yet, access.adminLocation may not include
you, or the cluster answers at another address: set cluster.url then.`,
  DCOS_UNHEALTHY: `
DC/OS answers, but not all of it is well; the message says what is waited for. "npx task wait" waits on.`,
  AUTH_NEEDED: `
DC/OS asks for a login. At a terminal "npx task cli-config" asks for a token and keeps it. Elsewhere a token comes from the
file that auth.tokenFile names (- is the standard input) or from DCOS_ACS_TOKEN; auth.username goes with auth.passwordFile, or
with auth.privateKeyFile where it is a service account.`,
  CLI_UNAVAILABLE: `
The dcos CLI cannot be fetched from where cli.url says. For dcoscli of PyPI it takes uv or a Python from 3.8 on with venv, and a
way to PyPI or to the index that pip is set to; the message says what is missing, and "npx task cli-install --force" tries again.
The vendor's hosts have been dead for years: if you have a copy of the Go binary, name it in cli.url (a path, file:// or
https://) and pin it with cli.sha256. cli.url=built-in asks for the built-in client.`,
  CLI_HASH: `
What cli.url holds is not what cli.sha256 says, so it was not installed. If you trust the file, put its own SHA-256 there
("sha256sum FILE"); if it came from the network, ask why it differs. A package of PyPI has to be what the lock files in
tasks/dcos/pypi say: there it is the index, or a proxy on the way, that serves something else.`,
  CLI_NOT_EXECUTABLE: `
What cli.url holds is no program for this machine: a web page, an archive, a binary for another system, or one that does
not run; or dcoscli of PyPI does not run on this Python. The message says which.`,
  CONFIRMATION_NEEDED: `
Something would be deleted, and nobody confirmed it. At a terminal type the cluster's name when asked; in a script add --yes.`,
  NOT_UP: `
What you asked for needs something that is not there; it is never made by the way, so that a slip in a cluster's name does
not build a cluster. "npx task bootstrap" brings it up, "npx task status" says what is missing.`,
  LOCKED: `
Something else holds this: another run on the same cluster, or a part of the cluster that still depends on what you want to
remove. The message names it.`,
  INTERRUPTED: `
You (or the system) stopped the run. What was started in the cloud goes on there. The same line takes it up again; "npx task
destroy" removes it.`,
  DISK: `
A file could not be written or read: the disk is full, the folder is read-only, or the rights are missing. Nothing is left
half-written. Make room or grant access, then run the same line again.`,
  TASK_FAULT: `
The code of a task threw an error that it did not foresee, or a task's file does not export what a task must have. The message
names the file and the line. If you did not write that file, run the line again with --verbose and report what it prints.`,
  INTERNAL: `
A fault of dcos-bootstrap itself. Run the line again with --verbose and report what it prints.`,
}
