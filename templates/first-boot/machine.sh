# shellcheck shell=bash
# shellcheck disable=SC2154
# What DC/OS requires of a machine (DC/OS 2.2, "System requirements"). An image that has it all needs no network for it.
export LANG=en_US.UTF-8 LC_ALL=en_US.UTF-8 HOME=/root
DOCKER=19.03.15

packages() {
  # Flatcar includes everything.
  command -v yum >/dev/null || return 0
  # The mirrors of CentOS 7 were shut down in 2024; its packages remain in the vault.
  if grep -qs '^mirrorlist=' /etc/yum.repos.d/CentOS-*.repo; then
    sed -i -e 's/^mirrorlist=/#&/' -e 's|^#\{0,1\}baseurl=http://mirror.centos.org|baseurl=http://vault.centos.org|' \
      /etc/yum.repos.d/CentOS-*.repo
  fi
  local missing='' package
  for package in tar xz unzip curl ipset iputils bind-utils chrony; do
    rpm -q "$package" >/dev/null || missing="$missing $package"
  done
  # shellcheck disable=SC2086
  [ -z "$missing" ] || yum -y install $missing
  command -v docker >/dev/null && return
  cat >/etc/yum.repos.d/docker.repo <<'REPO'
[docker]
name=Docker CE
baseurl=https://download.docker.com/linux/centos/7/x86_64/stable
gpgkey=https://download.docker.com/linux/centos/gpg
gpgcheck=1
REPO
  # container-selinux is in the extras, which are disabled on RHEL.
  local extras=--enablerepo=docker
  ! grep -qs '^\[rh.*extras' /etc/yum.repos.d/*.repo || extras='--enablerepo=rh*extras*'
  yum -y "$extras" install "docker-ce-$DOCKER" "docker-ce-cli-$DOCKER" containerd.io
}

machine() {
  local service
  # Flatcar would replace itself with a release on which DC/OS does not run, and reboot.
  for service in update-engine locksmithd; do
    systemctl stop $service 2>/dev/null || true
    systemctl mask $service 2>/dev/null || true
  done
  setenforce 0 2>/dev/null || true
  [ ! -f /etc/selinux/config ] || sed -i 's/^SELINUX=enforcing/SELINUX=permissive/' /etc/selinux/config
  # DC/OS sets its own firewall rules and runs its own DNS on port 53.
  for service in firewalld dnsmasq; do
    systemctl stop $service 2>/dev/null || true
    systemctl disable $service 2>/dev/null || true
  done
  swapoff -a
  [ ! -f /etc/fstab ] || sed -i '/^[^#].*[[:space:]]swap[[:space:]]/s/^/#/' /etc/fstab
  modprobe overlay
  mkdir -p /etc/modules-load.d /etc/docker
  echo overlay >/etc/modules-load.d/overlay.conf
  groupadd -f nogroup
  groupadd -f docker
  echo 'LANG=en_US.utf8' >/etc/locale.conf
  if [ "$(stat -fc %T /)" = xfs ] && ! xfs_info / | grep -q ftype=1; then
    echo "the root file system was made with ftype=0, on which Docker's overlay2 does not work: use another image"
    return 1
  fi
  [ -s /etc/docker/daemon.json ] || echo '{"storage-driver": "overlay2"}' >/etc/docker/daemon.json
  systemctl enable docker
  systemctl start docker
  # DC/OS refuses a clock that is not in sync; Amazon's time service needs no internet access.
  if [ -f /etc/chrony.conf ]; then
    grep -q 169.254.169.123 /etc/chrony.conf || echo 'server 169.254.169.123 prefer iburst' >>/etc/chrony.conf
    systemctl enable chronyd
    systemctl restart chronyd
    chronyc waitsync 20 1
  fi
}

# Another way in, if SSH is not available. Nothing depends on it. Without NAT only S3 can be reached, and no repository.
session_manager() {
  command -v amazon-ssm-agent >/dev/null || ! command -v yum >/dev/null ||
    yum -y --disablerepo='*' install "https://s3.$REGION.$SUFFIX/amazon-ssm-$REGION/latest/linux_amd64/amazon-ssm-agent.rpm" || true
}
