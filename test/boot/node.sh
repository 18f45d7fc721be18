#!/bin/bash
# Boots one instance: node.sh FOLDER ID REHEARSAL USER-DATA NODE-FOLDER OVERDUE. It runs in network, mount and process namespaces
# of its own, over an overlay of this machine's root, which receives all its writes. Its console is REHEARSAL/consoles/ID.
set -eu
folder=$1 id=$2 console=$3/consoles/$2 data=$4 node=$5 overdue=$6
here=$(cd "$(dirname "$0")" && pwd)
base=$folder/roots/$id
mkdir -p "$base"
mount -t tmpfs tmpfs "$base"
mkdir "$base"/{upper,work,root}
root=$base/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
for place in dev tmp run; do mount -t tmpfs tmpfs "$root/$place"; done
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
# A console keeps every line; a file would keep only the last one.
mkfifo "$root/dev/console"
cat <>"$root/dev/console" >>"$console" &
mkdir -p "$root/usr/local/stand-ins" "$root/etc/yum.repos.d" "$root/var/log"
cp "$here"/stand-ins/* "$root/usr/local/stand-ins/"
chmod +x "$root"/usr/local/stand-ins/*
cp "$folder/plan" "$root/usr/local/stand-ins/plan"
rm -f "$root/etc/hosts"
cp "$folder/hosts" "$root/etc/hosts"
# The load balancer of the masters resolves to the first of them.
(
  until [ -s "$folder/masters" ] && [ -s "$folder/balancer" ]; do sleep 0.2; done
  echo "$(head -n 1 "$folder/masters") $(cat "$folder/balancer")" >>"$root/etc/hosts"
) &
cat "$folder/cert.pem" >>"$root/etc/ssl/certs/ca-certificates.crt"
printf '[base]\nmirrorlist=http://mirrorlist.centos.org/?release=7\n#baseurl=http://mirror.centos.org/centos/7/os\n' >"$root/etc/yum.repos.d/CentOS-Base.repo"
cp "$data" "$root/user-data"
chmod +x "$root/user-data"
chroot "$root" /usr/bin/env -i "PATH=/usr/local/stand-ins:/usr/sbin:/usr/bin:/sbin:/bin:$node" "OVERDUE=$overdue" /user-data || true
# What it has started keeps running.
sleep infinity
