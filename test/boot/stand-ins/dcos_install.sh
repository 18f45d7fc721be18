#!/bin/bash
# A stand-in for what DC/OS's installer serves to each node: it checks the machine, and installs.
set -eu
role=${1:-}
fail() { echo "FAIL $*"; exit 1; }
case $role in master | slave | slave_public) ;; *) fail "Invalid role $role. Role must be one of {master,slave,slave_public}" ;; esac
for command in docker curl bash tar; do command -v $command >/dev/null || fail "$command is not installed"; done
docker info >/dev/null || fail 'Docker is not running'
grep -q overlay2 /etc/docker/daemon.json || fail 'Docker has no production storage driver'
[ -f /etc/modules-load.d/overlay.conf ] || fail 'overlay is not loaded'
[ "${LC_ALL:-}" = en_US.UTF-8 ] || fail 'LC_ALL is not set'
grep -q '^groupadd -f nogroup' /var/log/stand-ins || fail 'there is no group nogroup'
curl -fsS -m 20 -o /dev/null @BOOTSTRAP_URL@/bootstrap.latest
grep -q '^install: ' /usr/local/stand-ins/plan && fail "$(sed -n 's/^install: //p' /usr/local/stand-ins/plan)"
[ ! -f /var/lib/dcos/mesos-slave-common ] || cat /var/lib/dcos/mesos-slave-common >/dev/console
mkdir -p /opt/mesosphere/bin
echo "$role" >/opt/mesosphere/role
# A master runs ZooKeeper and Exhibitor; agents check them first, through the load balancer.
if [ "$role" = master ]; then
  mkdir -p /srv/exhibitor/v1/cluster
  echo '[{"code":3}]' >/srv/exhibitor/v1/cluster/status
  cd /srv
  for port in 2181 8181; do setsid node /usr/local/stand-ins/serve.js $port >/dev/null 2>&1 </dev/null & done
  exhibitor=127.0.0.1
else
  exhibitor=@EXHIBITOR@
fi
cat >/opt/mesosphere/bin/dcos-shell <<'SHELL'
#!/bin/bash
PATH=/opt/mesosphere/bin:$PATH exec "$@"
SHELL
# As from DC/OS 1.12 on.
cat >/opt/mesosphere/bin/dcos-diagnostics <<'DIAGNOSTICS'
#!/bin/bash
echo "Error: unknown command \"$1\" for \"dcos-diagnostics\"" >&2
exit 255
DIAGNOSTICS
cat >/opt/mesosphere/bin/dcos-check-runner <<CHECKS
#!/bin/bash
[ "\$*" = 'check node-poststart' ] || exit 2
grep -q '^checks: ' /usr/local/stand-ins/plan && { sed -n 's/^checks: //p' /usr/local/stand-ins/plan; exit 1; }
for port in 2181 8181; do curl -fsS -m 5 -o /dev/null http://$exhibitor:\$port/exhibitor/v1/cluster/status || exit 1; done
# The first check always comes too early.
[ -f /tmp/looked ] || { touch /tmp/looked; exit 1; }
CHECKS
chmod +x /opt/mesosphere/bin/*
