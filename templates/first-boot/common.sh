# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154
# What every node needs at its first boot: log, call AWS, run a step, signal. It uses only bash, curl, openssl, sed
# and od: the images that run DC/OS have neither the AWS CLI nor cfn-signal. The values of this cluster come before
# it: STACK REGION SUFFIX BUCKET GROUP ROLE …
set -u
METADATA=http://169.254.169.254/latest
LOG=/var/log/dcos-bootstrap.log
WORK=/opt/dcos-bootstrap
mkdir -p "$WORK"

# To the journal, the log, and the console, where `aws ec2 get-console-output` finds it even after a rollback.
say() {
  logger -t dcos-bootstrap -- "$*" 2>/dev/null
  echo "$*" >>"$LOG"
  echo "dcos-bootstrap: $*" 2>/dev/null >/dev/console || echo "dcos-bootstrap: $*"
}

# Instance metadata, version 2 (a session token first).
metadata() {
  local token
  token=$(curl -sSf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$METADATA/api/token") || return
  curl -sSf -m 5 -H "X-aws-ec2-metadata-token: $token" "$METADATA/meta-data/$1"
}

sha256() { openssl dgst -sha256 | sed 's/^.* //'; }
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" | sed 's/^.* //'; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

encode() {
  local LC_ALL=C at letter
  for ((at = 0; at < ${#1}; at++)); do
    letter=${1:at:1}
    case $letter in
      [A-Za-z0-9._~/-]) printf %s "$letter" ;;
      *) printf '%%%02X' "'$letter" ;;
    esac
  done
}

# signed SERVICE REGION METHOD HOST PATH BODY-FILE [CURL-ARGUMENT…]: a request with this instance's role, with
# Signature Version 4.
signed() {
  local service=$1 region=$2 method=$3 host=$4 path=$5 body=$6
  shift 6
  local role keys id secret session now day hash type names headers scope text key part
  role=$(metadata iam/security-credentials/) && keys=$(metadata "iam/security-credentials/$role") || return
  field() { printf '%s' "$keys" | tr ',' '\n' | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }
  id=$(field AccessKeyId) secret=$(field SecretAccessKey) session=$(field Token)
  now=$(date -u +%Y%m%dT%H%M%SZ) day=${now%T*}
  hash=$(sha256 <"$body")
  type=application/x-www-form-urlencoded
  [ "$service" = s3 ] && type=text/plain
  names='content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token'
  headers="content-type:$type
host:$host
x-amz-content-sha256:$hash
x-amz-date:$now
x-amz-security-token:$session
"
  scope="$day/$region/$service/aws4_request"
  text="AWS4-HMAC-SHA256
$now
$scope
$(printf '%s' "$method
$path

$headers
$names
$hash" | sha256)"
  key=$(printf 'AWS4%s' "$secret" | hex)
  for part in "$day" "$region" "$service" aws4_request "$text"; do
    key=$(printf '%s' "$part" | hmac "$key")
  done
  curl -sS --connect-timeout 10 -X "$method" "https://$host$path" "$@" \
    -H "Content-Type: $type" -H "X-Amz-Content-Sha256: $hash" -H "X-Amz-Date: $now" \
    -H "X-Amz-Security-Token: $session" \
    -H "Authorization: AWS4-HMAC-SHA256 Credential=$id/$scope, SignedHeaders=$names, Signature=$key"
}

# s3_get BUCKET KEY FILE. The bucket may be in another region: S3 returns it even to callers that may not read the bucket.
s3_get() {
  local region path
  region=$(curl -sI -m 10 "https://s3.$REGION.$SUFFIX/$1" | tr -d '\r' | sed -n 's/^x-amz-bucket-region: *//Ip')
  region=${region:-$REGION}
  path=/$1/$(encode "$2")
  signed s3 "$region" GET "s3.$region.$SUFFIX" "$path" /dev/null -f -o "$3"
}

# s3_put KEY FILE, into the cluster's bucket.
s3_put() { signed s3 "$REGION" PUT "s3.$REGION.$SUFFIX" "/$BUCKET/$(encode "$1")" "$2" -f -o /dev/null -T "$2"; }

# SUCCESS or FAILURE for the group's creation policy. The call takes no reason: that is on the console. CloudFormation
# refuses the signal of a node launched later, which it does not wait for; that is fine.
signal() {
  local attempt instance body answer
  body=$WORK/signal
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    instance=$(metadata instance-id) &&
      printf %s "Action=SignalResource&Version=2010-05-15&StackName=$STACK&LogicalResourceId=$GROUP&UniqueId=$instance&Status=$1" >"$body" &&
      answer=$(signed cloudformation "$REGION" POST "cloudformation.$REGION.$SUFFIX" / "$body" \
        -m 30 --data-binary "@$body" -w ' HTTP %{http_code}') || answer="no answer"
    case $answer in
      *' HTTP 200') say "signalled $1 for $GROUP" && return ;;
      *ValidationError*) say "no signal of $GROUP is expected" && return ;;
    esac
    echo "attempt $attempt: $answer" >>"$LOG"
    sleep 15
  done
  say "the signal $1 for $GROUP was not accepted"
  return 1
}

# step NAME MINUTES COMMAND…: runs it, within the time limit. If it fails, its name and last lines are the reason.
step() {
  local name=$1 minutes=$2 from job timer status
  shift 2
  say "step: $name"
  from=$(wc -l <"$LOG")
  set -m
  (
    set -eu
    cd "$WORK"
    "$@"
  ) >>"$LOG" 2>&1 </dev/null &
  job=$!
  (sleep $((minutes * 60)) && echo "not done after $minutes minutes" >>"$LOG" && kill -- -$job) >/dev/null 2>&1 &
  timer=$!
  wait $job
  status=$?
  kill -- -$timer 2>/dev/null
  set +m
  [ $status = 0 ] && return
  say "FAILED: $name (exit status $status)"
  tail -n +$((from + 1)) "$LOG" | grep -v '^FAILED\|setlocale' | grep . | tail -n 5 >"$WORK/last"
  while IFS= read -r line; do say "  $line"; done <"$WORK/last"
  finish FAILURE
  exit 1
}

# The log is kept in the cluster's bucket, for when the instance is gone.
finish() {
  s3_put "logs/$GROUP/$(metadata instance-id).log" "$LOG" >/dev/null 2>&1 || say "the log could not be kept in $BUCKET"
  signal "$1"
}
