# shellcheck shell=bash
# shellcheck disable=SC2154
# Masters and agents: prepare while the bootstrap node generates, then install DC/OS and wait until it is healthy.
found_bootstrap() {
  # Agents do not retry: they must not begin before the files are served.
  until s3_get "$BUCKET" bootstrap/address address &&
    curl -fsS -m 30 -o dcos_install.sh "http://$(cat address)/dcos_install.sh"; do sleep 10; done
}

install() {
  if [ -n "$ATTRIBUTES" ]; then
    mkdir -p /var/lib/dcos
    # This file replaces what DC/OS itself sets for public agents.
    [ "$ROLE" != slave_public ] || ATTRIBUTES="public_ip:true;$ATTRIBUTES"
    echo "MESOS_ATTRIBUTES=$ATTRIBUTES" >/var/lib/dcos/mesos-slave-common
  fi
  # Flatcar runs user data at each boot.
  [ ! -d /opt/mesosphere/active ] || return 0
  # Until 1.13.3 its check of Docker reads the version of the last component listed, which is none of Docker's from 18.09 on.
  sed -i "s#docker version 2>/dev/null |#& sed '/^ containerd:/,\$d' |#" dcos_install.sh
  bash dcos_install.sh "$ROLE"
}

# DC/OS's own checks of a node; their command has had three names. From 1.12 on dcos-diagnostics has none, but is still there.
well() {
  local bin=/opt/mesosphere/bin checks=''
  [ ! -x $bin/3dt ] || checks='3dt -diag'
  [ ! -x $bin/dcos-diagnostics ] || checks='dcos-diagnostics check node-poststart'
  [ ! -x $bin/dcos-check-runner ] || checks='dcos-check-runner check node-poststart'
  # shellcheck disable=SC2086
  [ -n "$checks" ] && $bin/dcos-shell $checks
}

healthy() {
  until well; do sleep 10; done
}

step 'install packages' 8 packages
step 'prepare the machine' 5 machine
session_manager >>"$LOG" 2>&1
step 'wait for the bootstrap node' 40 found_bootstrap
step 'install DC/OS' 10 install
step 'wait until DC/OS is healthy' 22 healthy
finish SUCCESS
