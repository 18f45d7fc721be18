# shellcheck shell=bash
# shellcheck disable=SC2154
# The bootstrap node: builds this cluster's packages with the installer, and serves them to the other nodes.
installer() {
  local attempt rest
  for attempt in 1 2 3 4 5; do
    case $INSTALLER_URL in
      s3://*)
        rest=${INSTALLER_URL#s3://}
        s3_get "${rest%%/*}" "${rest#*/}" dcos_generate_config.sh
        ;;
      *) curl -fsSL --connect-timeout 10 -o dcos_generate_config.sh "$INSTALLER_URL" ;;
    esac && break
    [ "$attempt" -lt 5 ]
    sleep 15
  done
  local found
  found=$(sha256 <dcos_generate_config.sh)
  if [ -n "$INSTALLER_SHA256" ] && [ "$found" != "$INSTALLER_SHA256" ]; then
    echo "the installer has the SHA-256 $found, not $INSTALLER_SHA256 (installer.sha256)"
    return 1
  fi
}

configuration() {
  mkdir -p genconf
  metadata local-ipv4 >address
  cat >genconf/config.yaml <<CONFIG
bootstrap_url: http://$(cat address)
cluster_name: '$STACK'
master_discovery: master_http_loadbalancer
exhibitor_address: $EXHIBITOR
num_masters: '$MASTERS'
exhibitor_storage_backend: aws_s3
exhibitor_explicit_keys: 'false'
aws_region: $REGION
s3_bucket: $BUCKET
s3_prefix: exhibitor
resolvers: [169.254.169.253]
oauth_enabled: '$OAUTH'
telemetry_enabled: 'false'
ip_detect_public_filename: genconf/ip-detect-public
CONFIG
  ip_detect local-ipv4 >genconf/ip-detect
  ip_detect public-ipv4 local-ipv4 >genconf/ip-detect-public
  chmod +x genconf/ip-detect genconf/ip-detect-public
}

# A script that prints the first of these addresses that the instance has.
ip_detect() {
  cat <<'SCRIPT'
#!/bin/sh
api=http://169.254.169.254/latest
token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $api/api/token)
SCRIPT
  local name
  for name in "$@"; do
    echo "curl -fs -m 5 -H \"X-aws-ec2-metadata-token: \$token\" \$api/meta-data/$name && exit"
  done
  echo 'exit 1'
}

generate() {
  [ -f genconf/serve/dcos_install.sh ] || bash dcos_generate_config.sh
  [ -f genconf/serve/dcos_install.sh ] || { echo 'it created no genconf/serve/dcos_install.sh'; return 1; }
}

# nginx as in DC/OS's own instructions, a version that Docker 19.03 can run.
serve() {
  local attempt image=nginx:1.18-alpine
  docker rm -f dcos-bootstrap 2>/dev/null || true
  # Docker Hub limits how often it is asked from an address, which others may have had before.
  for attempt in {1..5}; do
    docker image inspect $image >/dev/null 2>&1 || docker pull $image && break
    [ "$attempt" -lt 5 ]
    sleep 20
  done
  docker run -d --restart=always --name dcos-bootstrap -p 80:80 -v "$WORK/genconf/serve:/usr/share/nginx/html:ro" $image
  for attempt in {1..30}; do
    curl -fs -m 5 -o /dev/null http://127.0.0.1/dcos_install.sh && break
    [ "$attempt" -lt 30 ]
    sleep 2
  done
  # Now the other nodes may fetch them.
  s3_put bootstrap/address address
}

step 'install packages' 10 packages
step 'prepare the machine' 5 machine
session_manager >>"$LOG" 2>&1
step 'fetch the installer' 20 installer
step 'write the configuration' 1 configuration
step 'generate the packages of the cluster' 20 generate
step 'serve the packages' 5 serve
finish SUCCESS
