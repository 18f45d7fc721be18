#!/bin/bash
# A stand-in for DC/OS's installer that behaves as documented: from genconf/config.yaml and genconf/ip-detect it creates genconf/serve.
set -eu
fail() { echo "$*"; exit 1; }
config=genconf/config.yaml
value() { sed -n "s/^$1: *'\{0,1\}\([^']*\)'\{0,1\}$/\1/p" $config; }
[ -f $config ] || fail 'genconf/config.yaml does not exist'
[ -x genconf/ip-detect ] || fail "ip-detect script \`genconf/ip-detect\` must exist"
for key in bootstrap_url cluster_name exhibitor_storage_backend master_discovery resolvers; do
  [ -n "$(value $key)" ] || fail "$key must be set"
done
case $(value bootstrap_url) in */ | '') fail "bootstrap_url: Must not end in a '/'" ;; esac
case $(value num_masters) in 1 | 3 | 5 | 7 | 9) ;; *) fail "num_masters: Must have 1, 3, 5, 7, or 9 masters. Found $(value num_masters)" ;; esac
[ "$(value exhibitor_storage_backend)" = aws_s3 ] || fail 'exhibitor_storage_backend must be non-static'
for key in exhibitor_address s3_bucket s3_prefix aws_region; do [ -n "$(value $key)" ] || fail "$key must be set"; done
docker info >/dev/null || fail 'Docker is not running'
address=$(genconf/ip-detect)
[[ $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] || fail "ip-detect printed $address"
detect=$(value ip_detect_public_filename)
"$detect" | grep -q . || fail 'ip-detect-public printed nothing'
grep -q '^installer: ' /usr/local/stand-ins/plan && fail "$(sed -n 's/^installer: //p' /usr/local/stand-ins/plan)"
mkdir -p genconf/serve
cp /usr/local/stand-ins/dcos_install.sh genconf/serve/dcos_install.sh
sed -i "s|@BOOTSTRAP_URL@|$(value bootstrap_url)|; s|@EXHIBITOR@|$(value exhibitor_address)|" genconf/serve/dcos_install.sh
echo 'tarball' >genconf/serve/bootstrap.latest
