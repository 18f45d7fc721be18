import type { Code } from '../base/failure.ts'

export * as config from '../../config/explain.ts'

/** What `npx task help CODE` prints: what the code means and what to do about it. */
export const advice: Record<Code, string> = {
  USAGE: `
The command line is wrong: an unknown task or option, a missing value, or tasks that cannot be combined.
"npx task" lists the tasks, "npx task --help" the options. Exit status 2; nothing was done.`,
  CONFIG_INVALID: `
The config is wrong. The message names each place as file:line:column (or the variable, or the KEY=VALUE word), what is
wrong there and what is allowed. config/cluster.yaml lists every key, "npx task help KEY" explains one. Exit status 2; nothing
was done.`,
  TEMPLATE_UNREADABLE: `
The template named by "template" cannot be read: it is missing, a folder, empty, binary, or not accessible. A relative path
in the config is relative to the project's folder, one on the command line to the current folder. A URL may be
dead, and an official template must be pinned in templates/official.lock.json: templates/README.md explains why, and where to find copies.`,
  TEMPLATE_INVALID: `
The template was read but is not a valid CloudFormation template: it has a syntax error, a reference to something it
does not define, or something that CloudFormation itself rejected. The message names the place. Or it does not match its
pinned SHA-256: find out who changed it before you use it. Nothing was created.`,
  TEMPLATE_TOO_LARGE: `
CloudFormation accepts templates of at most 1,000,000 bytes. JSON is minified to fit; over 51,200 bytes it is uploaded to a bucket
created for the cluster. Split a larger template into nested stacks, or move large scripts out of it.`,
  PARAMETER_INVALID: `
A template parameter is missing, unknown, or has a value the template does not allow; or this template does not support a key
that is set in the config. "npx task show-template" prints the template with its Parameters. Nothing was created.`,
  CREDENTIALS_MISSING: `
cloud is aws, but there are no credentials. They are looked up like in any AWS tool: AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, AWS_PROFILE or aws.profile, ~/.aws, the instance's role. "aws configure" sets them up.`,
  CREDENTIALS_EXPIRED: `
The credentials have expired. What was started in AWS continues. Renew them (for example "aws sso login")
and run the same command again: it continues where it stopped.`,
  ACCESS_DENIED: `
Your credentials are valid but lack the permission for this; the message names the action. Ask the account's administrator for it.`,
  ENDPOINT_UNREACHABLE: `
An AWS service (or the emulator that aws.endpoint names) does not respond. Check the network, the region's
name and aws.endpoint, then run the same command again. If its certificate cannot be verified because your network
inspects HTTPS, set AWS_CA_BUNDLE to the PEM file of the network's certificate authority.`,
  THROTTLED: `
The account as a whole sent AWS too many requests in a short time, and AWS kept rejecting them although the
request was retried with increasing delays. Wait a minute and run the same command again.`,
  KEY_FOREIGN: `
EC2 has a key pair with the cluster's name but without our tag: dcos-bootstrap did not create it, and leaves it alone. Choose
another cluster.name, or delete the key pair yourself if it is no longer needed.`,
  KEY_DIFFERS: `
The cluster's key pair contains a different public key than access.publicKey. It is never overwritten: running instances
would keep the old one. Set access.publicKey to auto to keep it, or destroy the cluster and bootstrap it again.`,
  STACK_FOREIGN: `
CloudFormation has a stack with the cluster's name but without our tag: dcos-bootstrap did not create it, and leaves it alone.
Choose another cluster.name.`,
  STACK_CHANGED: `
The config differs from the running stack; the message lists the differences. An update needs your confirmation at
the terminal, or --yes, so that a command without the previous values never shrinks a cluster by accident.`,
  STACK_FAILED: `
The creation or update of the stack failed. The message names the resource that failed first and the reason AWS gave. Fix
that and run the same command again: a failed creation is removed first.`,
  STACK_DELETE_FAILED: `
Something could not be deleted; the message names it and the reason. Remove what blocks the deletion (often something
created by hand inside the cluster's VPC) and run "npx task destroy" again.`,
  DCOS_UNREACHABLE: `
The masters' address does not respond. The load balancer may have no healthy masters yet, access.adminLocation may not include
your address, or the cluster has another address: then set cluster.url.`,
  DCOS_UNHEALTHY: `
DC/OS responds, but is not healthy yet; the message says what is missing. "npx task wait" continues to wait.`,
  AUTH_NEEDED: `
DC/OS requires a login. At a terminal, "npx task cli-config" asks for a token and stores it. In a script, the token comes from the
file that auth.tokenFile names (- is standard input) or from DCOS_ACS_TOKEN; auth.username goes with auth.passwordFile, or
with auth.privateKeyFile for a service account.`,
  CLI_UNAVAILABLE: `
The dcos CLI cannot be fetched from cli.url. Installing dcoscli from PyPI needs uv, or Python 3.8 or later with venv, and
access to PyPI or to the index pip is configured for; the message says what is missing, and "npx task cli-install --force" retries.
The vendor's hosts no longer exist: if you have a copy of the Go binary, set cli.url to it (a path, file:// or
https://) and pin it with cli.sha256. cli.url=built-in uses the built-in client.`,
  CLI_HASH: `
The file at cli.url does not match cli.sha256, so it was not installed. If you trust the file, set cli.sha256 to its SHA-256
("sha256sum FILE"); if it came from the network, find out why it differs. A PyPI package must match the lock files in
tasks/dcos/pypi: if it does not, the index or a proxy in between serves a different file.`,
  CLI_NOT_EXECUTABLE: `
The file at cli.url is not a program for this machine: a web page, an archive, a binary for another system, or one that does
not run; or dcoscli from PyPI does not run on this Python. The message says which.`,
  CONFIRMATION_NEEDED: `
Something would be deleted, and this was not confirmed. At a terminal, type the cluster's name when asked; in a script, add --yes.`,
  NOT_UP: `
The command needs something that does not exist. It is never created implicitly, so that a typo in a cluster's name does
not build a cluster. "npx task bootstrap" creates it, "npx task status" shows what is missing.`,
  LOCKED: `
This is in use: by another run on the same cluster, or by a part of the cluster that still depends on what you want to
remove. The message names it.`,
  INTERRUPTED: `
You (or the system) stopped the run. What was started in the cloud continues there. The same command resumes; "npx task
destroy" removes it.`,
  DISK: `
A file could not be read or written: the disk is full, the folder is read-only, or permissions are missing. Nothing is left
half-written. Free up space or grant access, then run the same command again.`,
  TASK_FAULT: `
A task threw an unexpected error, or its file does not export what a task must have. The message
names the file and the line. If you did not write that file, run the command again with --verbose and report the output.`,
  INTERNAL: `
A bug in dcos-bootstrap. Run the command again with --verbose and report the output.`,
}
